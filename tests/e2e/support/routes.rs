//! The API's routes as `infra/template.yaml` has them and as `infra/openapi.yaml` describes them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use local::Options;
use local::template::{Authorization, Node, Template};

/// Method and path pattern: `POST /v1/payments/{paymentId}/otp`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RouteName {
    /// `GET`, `POST`, `DELETE`.
    pub method: String,
    /// The path with its placeholders.
    pub path: String,
}

impl RouteName {
    /// The path with `value` in the place of every placeholder.
    pub fn filled(&self, value: &str) -> String {
        let segments = self.path.split('/').map(|segment| {
            if segment.starts_with('{') {
                value
            } else {
                segment
            }
        });
        segments.collect::<Vec<_>>().join("/")
    }

    /// The names of the placeholders.
    pub fn placeholders(&self) -> BTreeSet<String> {
        self.path
            .split('/')
            .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
            .map(str::to_owned)
            .collect()
    }
}

impl fmt::Display for RouteName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

/// A route of the template: who answers it, and whether the gateway wants a token.
#[derive(Debug)]
pub struct Deployed {
    /// The function's package name.
    pub function: String,
    /// Whether a JWT is wanted.
    pub token: bool,
}

/// A route of the `OpenAPI` document.
#[derive(Debug)]
pub struct Described {
    /// The scopes of `callerJwt`; none where no token is wanted.
    pub scopes: Option<Vec<String>>,
    /// The names of the path's parameters.
    pub path_parameters: BTreeSet<String>,
    /// The statuses it may answer with.
    pub statuses: BTreeSet<u16>,
    /// Its name for generated clients.
    pub operation_id: String,
}

/// Every route of the template.
pub fn deployed() -> BTreeMap<RouteName, Deployed> {
    let template = Template::read(&Options::default().template).unwrap();
    let parameters = HashMap::from([("PublicBaseUrl".to_owned(), "https://x.example".to_owned())]);
    let bundle = template.bundle(&parameters).unwrap();
    let mut routes = BTreeMap::new();
    for function in bundle.functions {
        for route in function.routes {
            let token = route.authorization != Authorization::None;
            let name = RouteName {
                method: route.method,
                path: route.path,
            };
            let function = function.package.clone();
            let before = routes.insert(name.clone(), Deployed { function, token });
            assert!(before.is_none(), "{name} is in the template twice");
        }
    }
    routes
}

/// The `OpenAPI` document.
pub fn document() -> Node {
    let path = Options::default().template.with_file_name("openapi.yaml");
    Node::parse(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Every route of the `OpenAPI` document.
pub fn described() -> BTreeMap<RouteName, Described> {
    let document = document();
    let mut routes = BTreeMap::new();
    for (path, item) in document.get("paths").unwrap().entries() {
        for method in ["get", "post", "put", "patch", "delete"] {
            let Some(operation) = item.get(method) else {
                continue;
            };
            let name = RouteName {
                method: method.to_uppercase(),
                path: path.clone(),
            };
            let described = describe(&document, item, operation);
            routes.insert(name, described);
        }
    }
    routes
}

fn describe(document: &Node, item: &Node, operation: &Node) -> Described {
    let security = operation.get("security").or(document.get("security"));
    let scopes = list(security.unwrap()).iter().find_map(|scheme| {
        let scopes = list(scheme.get("callerJwt")?);
        Some(scopes.iter().filter_map(Node::as_text).collect())
    });
    let mut path_parameters = BTreeSet::new();
    for parameters in [item.get("parameters"), operation.get("parameters")] {
        for parameter in parameters.map(list).unwrap_or_default() {
            let parameter = followed(document, parameter);
            if text(parameter, "in") == "path" {
                path_parameters.insert(text(parameter, "name"));
            }
        }
    }
    let statuses = operation.get("responses").unwrap().entries();
    Described {
        scopes,
        path_parameters,
        statuses: statuses.iter().map(|(s, _)| s.parse().unwrap()).collect(),
        operation_id: text(operation, "operationId"),
    }
}

fn list(node: &Node) -> &[Node] {
    match node {
        Node::List(items) => items,
        _ => &[],
    }
}

fn text(node: &Node, key: &str) -> String {
    node.get(key).and_then(Node::as_text).unwrap_or_default()
}

/// The node that a `$ref` points at, or the node itself.
pub fn followed<'d>(document: &'d Node, node: &'d Node) -> &'d Node {
    let Some(reference) = node.get("$ref").and_then(Node::as_text) else {
        return node;
    };
    let path = reference.strip_prefix("#/").unwrap();
    path.split('/')
        .fold(document, |node, key| node.get(key).unwrap())
}
