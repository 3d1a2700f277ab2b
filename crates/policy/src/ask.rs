//! One question to Cedar: the two entities that it needs, built and checked against the schema.
//!
//! Need-to-know is a parent of the person (`Circle`), not a set in an attribute: a list of two
//! thousand costs nothing here. The record has one fixed name, so that no policy can mean a
//! single record, and answers depend on its class only.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::{Arc, PoisonError, RwLock},
};

use cedar_policy::{
    ActionConstraint, Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid, Policy, PolicySet,
    PrincipalConstraint, Request, ResourceConstraint, RestrictedExpression as Value, Schema,
};
use jingui_model::Id;

use crate::{Action, Actor, Door, KindGroup, Role, Target};

/// What Cedar answered.
pub(crate) struct Answer {
    pub allowed: bool,
    /// Ids of the policies that made it so.
    pub reasons: Vec<String>,
    /// Any fault at all: then nothing is allowed.
    pub error: Option<String>,
}

/// Policies by place (action and family) and roles.
type Short = HashMap<(usize, BTreeSet<Role>), Arc<PolicySet>>;

/// Everything that stays the same from question to question.
pub(crate) struct Asker {
    schema: Schema,
    authorizer: Authorizer,
    /// For each action its entity, which knows the groups above it.
    bases: Vec<Entities>,
    /// For each action and family, the policies whose scope can match it.
    places: Vec<Vec<Policy>>,
    /// Of these, the ones whose scope can match certain roles; made when first asked.
    sets: RwLock<Short>,
    /// The circumstances of everyone who is signed in without a token.
    signed_in: Context,
    types: Types,
    actions: Vec<EntityUid>,
    /// For each role the entities that hold it: itself and the roles taken together.
    roles: Vec<Vec<EntityUid>>,
    /// For each family itself and the families above it.
    groups: Vec<Vec<EntityUid>>,
    record: EntityUid,
    circle: EntityUid,
    approvers: EntityUid,
}

struct Types {
    person: EntityTypeName,
    department: EntityTypeName,
    headship: EntityTypeName,
    post: EntityTypeName,
}

impl Asker {
    /// Prepares the questions.
    ///
    /// # Errors
    /// Words for operators, when the schema lacks something that this crate builds on.
    pub(crate) fn new(schema: &Schema, policies: &[Policy]) -> Result<Self, String> {
        let named = |name: &str| name.parse::<EntityTypeName>().map_err(|e| e.to_string());
        let uid = |name: &str, id: &str| named(name).map(|t| EntityUid::from_type_name_and_id(t, EntityId::new(id)));
        let all = |name: &str, codes: &[&str]| codes.iter().map(|c| uid(name, c)).collect::<Result<Vec<_>, _>>();
        let base = schema.action_entities().map_err(|e| e.to_string())?;
        let actions = all("Action", &Action::ALL.iter().map(|a| a.code()).collect::<Vec<_>>())?;
        let mut roles = Vec::with_capacity(Role::ALL.len());
        for role in Role::ALL {
            roles.push([all("Role", &[role.code()])?, all("Roles", role.above())?].concat());
        }
        let mut groups = Vec::with_capacity(KindGroup::ALL.len());
        for group in KindGroup::ALL {
            groups.push(all("Group", &[&[group.code()], group.above()].concat())?);
        }
        let (mut places, mut bases) = (Vec::new(), Vec::new());
        for action in &actions {
            let entity = base.get(action).cloned().ok_or_else(|| format!("the schema has no {action}"))?;
            bases.push(Entities::from_entities([entity], None).map_err(|e| e.to_string())?);
            for family in &groups {
                let fits = |p: &&Policy| action_fits(&p.action_constraint(), action, &base) && group_fits(&p.resource_constraint(), family);
                places.push(policies.iter().filter(fits).cloned().collect());
            }
        }
        Ok(Self {
            schema: schema.clone(),
            authorizer: Authorizer::new(),
            bases,
            places,
            sets: RwLock::default(),
            signed_in: context(false, false, &[])?,
            types: Types { person: named("Person")?, department: named("Department")?, headship: named("Headship")?, post: named("Post")? },
            actions,
            roles,
            groups,
            record: uid("Record", "asked")?,
            circle: uid("Circle", "asked")?,
            approvers: uid("Approvers", "asked")?,
        })
    }

    /// Asks. Any fault, also in a policy that Cedar would skip, denies.
    pub(crate) fn ask(&self, actor: &Actor, action: Action, target: &Target) -> Answer {
        let place = action as usize * self.groups.len() + target.group as usize;
        let response = self.set(place, &actor.roles).and_then(|set| self.response(&set, actor, action, target));
        match response {
            Err(error) => Answer { allowed: false, reasons: vec![], error: Some(error) },
            Ok(response) => {
                let errors: Vec<String> = response.diagnostics().errors().map(ToString::to_string).collect();
                let error = (!errors.is_empty()).then(|| errors.join("; "));
                let mut reasons: Vec<String> = response.diagnostics().reason().map(ToString::to_string).collect();
                reasons.sort();
                Answer { allowed: error.is_none() && response.decision() == Decision::Allow, reasons, error }
            }
        }
    }

    fn response(&self, set: &PolicySet, actor: &Actor, action: Action, target: &Target) -> Result<cedar_policy::Response, String> {
        let missing = || "a word of this release is not in the schema".to_owned();
        let act = self.actions.get(action as usize).ok_or_else(missing)?.clone();
        let base = self.bases.get(action as usize).ok_or_else(missing)?.clone();
        let person = named(&self.types.person, Some(actor.id));
        let who = self.person(actor, target, person.clone())?;
        let what = self.record(target)?;
        let entities = base.add_entities([who, what], Some(&self.schema)).map_err(|e| e.to_string())?;
        let context = self.circumstances(actor, target)?;
        let request = Request::new(person, act, self.record.clone(), context, None).map_err(|e| e.to_string())?;
        Ok(self.authorizer.is_authorized(&request, set, &entities))
    }

    /// The policies that can hold for roles, an action and a family. One that is left out has a
    /// scope that does not match: it could neither hold nor fail.
    fn set(&self, place: usize, roles: &BTreeSet<Role>) -> Result<Arc<PolicySet>, String> {
        const REMEMBERED: usize = 4096;
        let key = (place, roles.clone());
        if let Some(set) = self.sets.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(set.clone());
        }
        let held: Vec<&EntityUid> = self.held(roles).collect();
        let here = self.places.get(place).ok_or("a word of this release is not in the schema")?;
        let fits = here.iter().filter(|p| roles_fit(&p.principal_constraint(), &held)).cloned();
        let set = Arc::new(PolicySet::from_policies(fits).map_err(|e| e.to_string())?);
        let mut sets = self.sets.write().unwrap_or_else(PoisonError::into_inner);
        if sets.len() >= REMEMBERED {
            sets.clear();
        }
        sets.insert(key, set.clone());
        Ok(set)
    }

    fn held<'a>(&'a self, roles: &'a BTreeSet<Role>) -> impl Iterator<Item = &'a EntityUid> {
        roles.iter().filter_map(|r| self.roles.get(*r as usize)).flatten()
    }

    fn person(&self, actor: &Actor, target: &Target, uid: EntityUid) -> Result<Entity, String> {
        let mut parents: HashSet<EntityUid> = self.held(&actor.roles).cloned().collect();
        parents.extend(actor.department.map(|id| named(&self.types.department, Some(id))));
        parents.extend(actor.heads.iter().map(|id| named(&self.types.headship, Some(*id))));
        parents.extend(actor.posts.iter().map(|id| named(&self.types.post, Some(*id))));
        parents.extend(target.knows.then(|| self.circle.clone()));
        parents.extend(target.assigned.then(|| self.approvers.clone()));
        let attributes = HashMap::from([("active".to_owned(), Value::new_bool(actor.active))]);
        Entity::new(uid, attributes, parents).map_err(|e| e.to_string())
    }

    fn circumstances(&self, actor: &Actor, target: &Target) -> Result<Context, String> {
        const VERBS: [&str; 6] = ["read", "write", "export", "import", "audit", "backup"];
        if actor.door != Door::Token && actor.scopes.is_none() {
            return Ok(self.signed_in.clone());
        }
        let held: HashSet<&str> = actor.verbs(target).collect();
        let verbs: Vec<&str> = VERBS.into_iter().filter(|v| held.contains("*") || held.contains(v)).collect();
        context(actor.door == Door::Token, actor.scoped(), &verbs)
    }

    fn record(&self, target: &Target) -> Result<Entity, String> {
        let parents = self.groups.get(target.group as usize).into_iter().flatten().cloned().collect();
        let entity = |t: &EntityTypeName, id: Option<Id>| Value::new_entity_uid(named(t, id));
        let attributes = HashMap::from([
            ("kind".to_owned(), Value::new_string(target.kind.clone())),
            ("state".to_owned(), Value::new_string(target.state.clone())),
            ("protection".to_owned(), Value::new_long(i64::from(target.protection.rank()))),
            ("department".to_owned(), entity(&self.types.department, target.department)),
            ("headship".to_owned(), entity(&self.types.headship, target.department)),
            ("creator".to_owned(), entity(&self.types.person, target.creator)),
            ("circle".to_owned(), Value::new_entity_uid(self.circle.clone())),
            ("approvers".to_owned(), Value::new_entity_uid(self.approvers.clone())),
            ("own".to_owned(), Value::new_bool(target.own)),
        ]);
        Entity::new(self.record.clone(), attributes, parents).map_err(|e| e.to_string())
    }
}

fn context(token: bool, scoped: bool, verbs: &[&str]) -> Result<Context, String> {
    let pairs = [
        ("token".to_owned(), Value::new_bool(token)),
        ("scoped".to_owned(), Value::new_bool(scoped)),
        ("scopes".to_owned(), Value::new_set(verbs.iter().map(|v| Value::new_string((*v).to_owned())))),
    ];
    Context::from_pairs(pairs).map_err(|e| e.to_string())
}

fn named(kind: &EntityTypeName, id: Option<Id>) -> EntityUid {
    let id = id.map_or_else(|| EntityId::new("none"), |id| EntityId::new(id.to_string()));
    EntityUid::from_type_name_and_id(kind.clone(), id)
}

/// Whether a policy's scope can match an action; if not, the policy cannot hold and cannot fail.
fn action_fits(constraint: &ActionConstraint, action: &EntityUid, base: &Entities) -> bool {
    match constraint {
        ActionConstraint::Any => true,
        ActionConstraint::Eq(one) => one == action,
        ActionConstraint::In(some) => some.iter().any(|one| one == action || base.is_ancestor_of(one, action)),
    }
}

/// Whether a policy's scope can match a family of kinds.
fn group_fits(constraint: &ResourceConstraint, family: &[EntityUid]) -> bool {
    match constraint {
        ResourceConstraint::In(one) | ResourceConstraint::IsIn(_, one) => family.contains(one),
        ResourceConstraint::Any | ResourceConstraint::Is(_) | ResourceConstraint::Eq(_) => true,
    }
}

/// Whether a policy's scope can match somebody who holds certain roles.
fn roles_fit(constraint: &PrincipalConstraint, held: &[&EntityUid]) -> bool {
    match constraint {
        PrincipalConstraint::In(one) | PrincipalConstraint::IsIn(_, one) => {
            !matches!(one.type_name().basename(), "Role" | "Roles") || held.contains(&one)
        }
        PrincipalConstraint::Any | PrincipalConstraint::Is(_) | PrincipalConstraint::Eq(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use cedar_policy::PolicyId;
    use jingui_model::Protection;

    use super::*;
    use crate::{SCHEMA, builtin, load::load};

    /// Leaving policies out by their scope must change neither answers nor reasons.
    #[test]
    fn the_short_list_of_policies_answers_as_all_of_them_do() {
        let loaded = load(&builtin(), SCHEMA).unwrap_or_else(|faults| panic!("{faults:#?}"));
        let asker = Asker::new(&loaded.schema, &loaded.policies).unwrap();
        let all = PolicySet::from_policies(loaded.policies).unwrap();
        for (n, role) in Role::ALL.iter().enumerate() {
            let second = Role::ALL[(n + 3) % Role::ALL.len()];
            let actor = Actor { heads: vec![Id::nil()], ..Actor::new(Id::nil(), Id::nil(), [*role, second]) };
            for group in KindGroup::ALL {
                let department = (n % 2 == 0).then(Id::nil);
                let protection = Protection::from_rank((n % 4) as u8).unwrap();
                let target = Target { department, protection, assigned: n % 3 == 0, own: n % 5 == 0, ..Target::new("any", *group) };
                for action in Action::ALL {
                    let response = asker.response(&all, &actor, *action, &target).unwrap();
                    let answer = asker.ask(&actor, *action, &target);
                    let reasons: BTreeSet<String> = response.diagnostics().reason().map(PolicyId::to_string).collect();
                    assert_eq!(answer.allowed, response.decision() == Decision::Allow);
                    assert_eq!(answer.reasons.into_iter().collect::<BTreeSet<_>>(), reasons);
                }
            }
        }
    }
}
