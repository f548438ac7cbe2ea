//! The `OpenAPI` document: its operations, their parameters, bodies and answers.

use std::collections::BTreeMap;

use local::Options;
use serde_json::{Map, Value};

use crate::schema::Schemas;

/// The document.
pub struct Document {
    /// The schemas, and the document as a whole.
    pub schemas: Schemas,
    /// Every operation, in the document's order.
    pub operations: Vec<Operation>,
    /// The document as it is written.
    pub text: String,
}

/// A route and its method.
pub struct Operation {
    /// `POST`.
    pub method: String,
    /// The path with its placeholders.
    pub path: String,
    /// The scope that the caller's token needs; none where no token is wanted.
    pub scope: Option<String>,
    /// Parameters of path, query and headers.
    pub parameters: Vec<Parameter>,
    /// The body's schema.
    pub body: Option<Value>,
    /// Bodies that the document shows.
    pub examples: Vec<Value>,
    /// The answers by status.
    pub answers: BTreeMap<u16, Described>,
}

/// Where a parameter stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the path.
    Path,
    /// In the query.
    Query,
    /// In the headers.
    Header,
}

/// A parameter.
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub place: Place,
    /// Whether it must be there.
    pub required: bool,
    /// What it may be.
    pub schema: Value,
}

/// What the document says of an answer.
pub struct Described {
    /// Schemas by media type.
    pub content: BTreeMap<String, Value>,
    /// Headers by their names in lower case: whether they must be there, and their schema.
    pub headers: BTreeMap<String, (bool, Value)>,
}

impl Document {
    /// Reads `infra/openapi.yaml`.
    pub fn read() -> Result<Self, String> {
        let path = Options::default().template.with_file_name("openapi.yaml");
        let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
        let document: Value = serde_saphyr::from_str(&text).map_err(|error| error.to_string())?;
        let schemas = Schemas::new(document)?;
        let mut operations = Vec::new();
        for (path, item) in members(&schemas.document()["paths"]) {
            for method in ["get", "post", "put", "patch", "delete"] {
                if let Some(operation) = item.get(method) {
                    operations.push(read_operation(&schemas, path, method, item, operation));
                }
            }
        }
        Ok(Self {
            schemas,
            operations,
            text,
        })
    }

    /// The operation of that route, such as `POST /v1/payments`.
    pub fn operation(&self, route: &str) -> Option<&Operation> {
        self.operations.iter().find(|one| one.route() == route)
    }
}

impl Operation {
    /// Method and path.
    pub fn route(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// Its parameters of one place.
    pub fn parameters_in(&self, place: Place) -> impl Iterator<Item = &Parameter> {
        self.parameters.iter().filter(move |one| one.place == place)
    }

    /// Whether DOKU calls it.
    pub fn is_dokus(&self) -> bool {
        self.scope.is_none() && self.method == "POST"
    }

    /// Whether it wants an idempotency key.
    pub fn is_repeatable(&self) -> bool {
        self.parameters
            .iter()
            .any(|one| one.name == "Idempotency-Key")
    }
}

fn members(node: &Value) -> impl Iterator<Item = (&String, &Value)> {
    node.as_object().into_iter().flatten()
}

fn text(node: &Value) -> String {
    node.as_str().unwrap_or_default().to_owned()
}

fn read_operation(
    schemas: &Schemas,
    path: &str,
    method: &str,
    item: &Value,
    operation: &Value,
) -> Operation {
    let document = schemas.document();
    let security = operation.get("security").unwrap_or(&document["security"]);
    let scope = security.pointer("/0/callerJwt/0").map(text);
    let lists = [&item["parameters"], &operation["parameters"]];
    let parameters = lists.into_iter().filter_map(Value::as_array).flatten();
    let parameters = parameters.map(|parameter| {
        let parameter = schemas.followed(parameter);
        Parameter {
            name: text(&parameter["name"]),
            place: match parameter["in"].as_str() {
                Some("path") => Place::Path,
                Some("query") => Place::Query,
                _ => Place::Header,
            },
            required: parameter["required"] == true,
            schema: parameter["schema"].clone(),
        }
    });
    let json = &operation["requestBody"]["content"]["application/json"];
    let shown = members(&json["examples"]).map(|(_, example)| example["value"].clone());
    Operation {
        method: method.to_uppercase(),
        path: path.to_owned(),
        scope,
        parameters: parameters.collect(),
        body: json.get("schema").cloned(),
        examples: shown.chain(json.get("example").cloned()).collect(),
        answers: members(&operation["responses"])
            .filter_map(|(status, answer)| {
                let answer = schemas.followed(answer);
                Some((status.parse().ok()?, described(schemas, answer)))
            })
            .collect(),
    }
}

fn described(schemas: &Schemas, answer: &Value) -> Described {
    let content = members(&answer["content"]);
    let headers = members(&answer["headers"]).map(|(name, header)| {
        let header = schemas.followed(header);
        let rule = (header["required"] == true, header["schema"].clone());
        (name.to_ascii_lowercase(), rule)
    });
    Described {
        content: content
            .map(|(kind, media)| (kind.clone(), media["schema"].clone()))
            .collect(),
        headers: headers.collect(),
    }
}

/// Every value of the document that an `example` or `examples` shows, with the schema it is an example of.
pub fn shown_bodies(document: &Document) -> Vec<(String, Value, Value)> {
    let mut all = Vec::new();
    for operation in &document.operations {
        for example in &operation.examples {
            let schema = operation.body.clone().unwrap_or_default();
            all.push((operation.route(), schema, example.clone()));
        }
    }
    let answers = document.schemas.document()["paths"].as_object();
    for (path, item) in answers.into_iter().flatten() {
        let operations = item.as_object().into_iter().flat_map(Map::values);
        for answer in operations.flat_map(|operation| members(&operation["responses"])) {
            let (status, answer) = (answer.0, document.schemas.followed(answer.1));
            for (_, media) in members(&answer["content"]) {
                let named = members(&media["examples"]).map(|(_, example)| example);
                let named =
                    named.map(|example| document.schemas.followed(example)["value"].clone());
                for example in named.chain(media.get("example").cloned()) {
                    let name = format!("{path} {status}");
                    all.push((name, media["schema"].clone(), example));
                }
            }
        }
    }
    all
}
