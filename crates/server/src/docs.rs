//! Routes and their description, made from the same list, so that neither can be without the other.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    handler::Handler,
    middleware::from_fn,
    routing::{MethodFilter, MethodRouter, on},
};
use utoipa::{
    ToSchema as _,
    openapi::{
        ComponentsBuilder, Content, HttpMethod, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, PathItem, PathsBuilder, Ref, RefOr,
        Response, ResponseBuilder, Schema, SecurityRequirement,
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
        tag::TagBuilder,
    },
};

use crate::{auth::COOKIE, edge, error::ProblemBody, state::App};

/// How long a request of a route may take, and how much it may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    /// JSON in, JSON out, soon.
    Ordinary,
    /// Streams in or out: as long as it takes; the handler limits the size.
    Stream,
}

/// Routes with their description.
pub struct Routes {
    router: Router<App>,
    paths: PathsBuilder,
    schemas: Vec<(String, RefOr<Schema>)>,
    tags: Vec<(&'static str, &'static str)>,
    tag: &'static str,
}

impl Routes {
    /// No routes yet.
    #[must_use]
    pub fn new() -> Self {
        Self { router: Router::new(), paths: PathsBuilder::new(), schemas: vec![], tags: vec![], tag: "" }
    }

    /// What follows belongs to a group.
    #[must_use]
    pub fn tag(mut self, tag: &'static str, description: &'static str) -> Self {
        self.tags.push((tag, description));
        self.tag = tag;
        self
    }

    /// A route for those who are signed in.
    #[must_use]
    pub fn add<P: utoipa::Path + utoipa::__dev::SchemaReferences, H: Handler<T, App>, T: 'static>(self, path: P, handler: H) -> Self {
        self.put(path, handler, Sort::Ordinary, true)
    }

    /// A route for everyone.
    #[must_use]
    pub fn open<P: utoipa::Path + utoipa::__dev::SchemaReferences, H: Handler<T, App>, T: 'static>(self, path: P, handler: H) -> Self {
        self.put(path, handler, Sort::Ordinary, false)
    }

    /// A route that streams.
    #[must_use]
    pub fn stream<P: utoipa::Path + utoipa::__dev::SchemaReferences, H: Handler<T, App>, T: 'static>(self, path: P, handler: H) -> Self {
        self.put(path, handler, Sort::Stream, true)
    }

    fn put<P, H, T>(mut self, _: P, handler: H, sort: Sort, signed_in: bool) -> Self
    where
        P: utoipa::Path + utoipa::__dev::SchemaReferences,
        H: Handler<T, App>,
        T: 'static,
    {
        let mut operation = P::operation();
        operation.tags = Some(vec![self.tag.to_owned()]);
        if signed_in {
            let none: [&str; 0] = [];
            operation.security = Some(vec![SecurityRequirement::new("session", none), SecurityRequirement::new("token", none)]);
        }
        let always: &[&str] = if signed_in {
            &["400", "401", "403", "404", "409", "413", "415", "422", "423", "429", "500", "503"]
        } else {
            &["400", "401", "403", "409", "413", "415", "422", "423", "429", "500", "503"]
        };
        for status in always {
            operation.responses.responses.entry((*status).to_owned()).or_insert_with(|| RefOr::T(problem_response(status)));
        }
        let mut filter = None;
        let methods = P::methods();
        for method in &methods {
            let one = filter_of(method);
            filter = Some(filter.map_or(one, |f: MethodFilter| f.or(one)));
        }
        P::schemas(&mut self.schemas);
        let path = P::path();
        let mut route: MethodRouter<App> = on(filter.unwrap_or(MethodFilter::GET), handler);
        route = match sort {
            Sort::Ordinary => route.layer(from_fn(edge::patience)),
            Sort::Stream => route.layer(DefaultBodyLimit::disable()),
        };
        self.router = self.router.route(&path, route);
        self.paths = self.paths.path(path, PathItem::from_http_methods(methods, operation));
        self
    }

    /// The router and the document.
    pub fn finish(mut self) -> (Router<App>, OpenApi) {
        ProblemBody::schemas(&mut self.schemas);
        self.schemas.push(("Problem".to_owned(), <ProblemBody as utoipa::PartialSchema>::schema()));
        let mut components = ComponentsBuilder::new();
        for (name, schema) in self.schemas {
            components = components.schema(name, schema);
        }
        let components = components
            .security_scheme(
                "session",
                SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(
                    COOKIE,
                    "Signed in as a person. Requests that change something also carry the header `X-Jingui: 1`.",
                ))),
            )
            .security_scheme(
                "token",
                SecurityScheme::Http(
                    HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("A program's token: `jgt_…`, with scopes. A token that signs is not sent: `Jingui-HMAC-SHA256 id=…, ts=…, nonce=…, sig=…` (docs/api-signing.md).")).build(),
                ),
            )
            .build();
        let tags: Vec<_> = self.tags.iter().map(|(n, d)| TagBuilder::new().name(*n).description(Some(*d)).build()).collect();
        let info = InfoBuilder::new()
            .title("Jingui")
            .version(env!("CARGO_PKG_VERSION"))
            .description(Some("Trade secrets: register, classify, approve, keep, prove. Texts are `{zh, en}`, ids UUIDs, instants RFC 3339, days YYYY-MM-DD."))
            .license(Some(LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build()))
            .build();
        let document = OpenApiBuilder::new().info(info).paths(self.paths.build()).components(Some(components)).tags(Some(tags)).build();
        (self.router, document)
    }
}

impl Default for Routes {
    fn default() -> Self {
        Self::new()
    }
}

fn problem_response(status: &str) -> Response {
    let title = status.parse::<u16>().ok().and_then(|s| axum::http::StatusCode::from_u16(s).ok());
    let text = title.and_then(|s| s.canonical_reason()).unwrap_or("Problem");
    ResponseBuilder::new()
        .description(text)
        .content("application/problem+json", Content::new(Some(RefOr::<Schema>::Ref(Ref::from_schema_name("Problem")))))
        .build()
}

const fn filter_of(method: &HttpMethod) -> MethodFilter {
    match method {
        HttpMethod::Get => MethodFilter::GET,
        HttpMethod::Post => MethodFilter::POST,
        HttpMethod::Put => MethodFilter::PUT,
        HttpMethod::Delete => MethodFilter::DELETE,
        HttpMethod::Options => MethodFilter::OPTIONS,
        HttpMethod::Head => MethodFilter::HEAD,
        HttpMethod::Patch => MethodFilter::PATCH,
        HttpMethod::Trace => MethodFilter::TRACE,
    }
}
