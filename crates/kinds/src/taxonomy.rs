//! Taxonomies: the trees of subject matter that a secret is filed under (B appendix 3, H 6.1) and
//! of reasons that exclude protection (H 6.1.3, 4.5).

use jingui_model::{Protection, Text};
use serde::{Deserialize, Serialize};

/// A tree of codes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Taxonomy {
    /// Stable name, also the file's name; called `taxonomy` in the file.
    #[serde(alias = "taxonomy")]
    pub name: String,
    /// What people read.
    pub label: Text,
    /// The uppermost nodes.
    pub nodes: Vec<Node>,
}

/// A node.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Node {
    /// Stable code, unique in the tree.
    pub code: String,
    /// What people read.
    pub label: Text,
    /// A line of help.
    #[serde(default)]
    pub help: Option<Text>,
    /// The protection that the guide gives as an example for it.
    #[serde(default)]
    pub grade_hint: Option<Protection>,
    /// Usual forms of carrier.
    #[serde(default)]
    pub carriers: Vec<Text>,
    /// Usual posts that know it.
    #[serde(default)]
    pub posts: Vec<Text>,
    /// Clause behind it.
    #[serde(default)]
    pub clause: Option<String>,
    /// Nodes below.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(no_recursion))]
    pub children: Vec<Self>,
}

impl Taxonomy {
    /// The node with a code, at any depth.
    #[must_use]
    pub fn node(&self, code: &str) -> Option<&Node> {
        self.all().into_iter().map(|(node, _)| node).find(|n| n.code == code)
    }

    /// All nodes with the labels above them, parents first.
    #[must_use]
    pub fn all(&self) -> Vec<(&Node, Vec<&Text>)> {
        fn walk<'a>(nodes: &'a [Node], above: &[&'a Text], out: &mut Vec<(&'a Node, Vec<&'a Text>)>) {
            for node in nodes {
                out.push((node, above.to_vec()));
                let mut deeper = above.to_vec();
                deeper.push(&node.label);
                walk(&node.children, &deeper, out);
            }
        }
        let mut out = vec![];
        walk(&self.nodes, &[], &mut out);
        out
    }
}
