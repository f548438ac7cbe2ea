//! The table of the template, as a `CreateTable` request.

use serde_json::{Map, Value};

use super::yaml::Node;
use super::{ResolveError, Resolver, resources};

/// The table and what has to be called to make it.
#[derive(Debug, Clone)]
pub struct TableSpec {
    /// The name that `!Ref` gives the functions.
    pub name: String,
    /// The body of `CreateTable`.
    pub create: Value,
    /// The attribute that holds the time to live, in seconds since 1970.
    pub ttl_attribute: Option<String>,
}

/// What `CloudFormation` and the `DynamoDB` API spell alike. Encryption, backups and deletion
/// protection have no meaning on one machine.
const SAME_IN_BOTH: [&str; 4] = [
    "KeySchema",
    "AttributeDefinitions",
    "GlobalSecondaryIndexes",
    "LocalSecondaryIndexes",
];

pub(super) fn read(
    template: &Node,
    resolver: &mut Resolver<'_>,
) -> Result<Option<TableSpec>, ResolveError> {
    let found = resources(template, resolver, "AWS::DynamoDB::Table")?;
    let Some((logical_id, properties)) = found.first() else {
        return Ok(None);
    };
    let at = format!("Resources.{logical_id}.Properties");
    let name = match properties.get("TableName") {
        Some(name) => resolver.text(name, &format!("{at}.TableName"))?,
        None => format!("local-{logical_id}"),
    };
    resolver.refer(logical_id, &name);

    let mut create = Map::new();
    create.insert("TableName".into(), Value::from(name.clone()));
    create.insert("BillingMode".into(), Value::from("PAY_PER_REQUEST"));
    for key in SAME_IN_BOTH {
        if let Some(node) = properties.get(key)
            && let Some(value) = resolver.value(node, &format!("{at}.{key}"))?
        {
            create.insert(key.into(), value);
        }
    }
    // Without its stream: no pipe reads it here, and the database would look through everything that it
    // ever put there at each write.
    let ttl_attribute = match properties
        .get("TimeToLiveSpecification")
        .and_then(|ttl| ttl.get("AttributeName"))
    {
        Some(node) => Some(resolver.text(node, &format!("{at}.TimeToLiveSpecification"))?),
        None => None,
    };
    Ok(Some(TableSpec {
        name,
        create: Value::Object(create),
        ttl_attribute,
    }))
}
