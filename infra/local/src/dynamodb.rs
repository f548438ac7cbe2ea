//! The embedded `DynamoDB`: crate `dynoxide` in this process, on a loopback port.

use std::path::PathBuf;

use dynoxide::Database;
use dynoxide::actions::create_table::CreateTableRequest;
use dynoxide::actions::describe_table::DescribeTableRequest;
use dynoxide::actions::update_table::UpdateTableRequest;
use dynoxide::actions::update_time_to_live::{TimeToLiveSpecification, UpdateTimeToLiveRequest};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::tasks::Tasks;
use crate::template::TableSpec;

/// Where the table lives.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum State {
    /// Gone when the world ends.
    #[default]
    Memory,
    /// In this file, kept from one run to the next.
    File(PathBuf),
}

impl State {
    /// The file beside the state that keeps the secret: what was sealed with it must open again.
    pub fn secret_file(&self) -> Option<PathBuf> {
        match self {
            Self::Memory => None,
            Self::File(path) => {
                let mut name = path.clone().into_os_string();
                name.push(".secret.json");
                Some(name.into())
            }
        }
    }
}

/// Why the database could not be started.
#[derive(Debug, thiserror::Error)]
pub enum DynamoDbError {
    /// The file cannot be opened or is not a database.
    #[error("the state {place} cannot be opened: {reason}")]
    Open {
        /// The file, or "in memory".
        place: String,
        /// What the database said.
        reason: String,
    },
    /// The template's table is not one that `DynamoDB` would make.
    #[error("the table {name} of the template was refused: {reason}")]
    Table {
        /// The table's name.
        name: String,
        /// What the database said.
        reason: String,
    },
    /// No loopback port could be had.
    #[error("no port for the database")]
    Listen(#[source] std::io::Error),
}

/// Opens the database, makes the table when it is not there yet, serves it, and says the endpoint
/// that the functions get.
pub async fn start(
    state: &State,
    table: Option<&TableSpec>,
    tasks: &Tasks,
) -> Result<String, DynamoDbError> {
    let opened = match state {
        State::Memory => Database::memory(),
        State::File(path) => Database::new(&path.to_string_lossy()),
    };
    let database = opened.map_err(|error| DynamoDbError::Open {
        place: match state {
            State::Memory => "in memory".to_owned(),
            State::File(path) => path.display().to_string(),
        },
        reason: error.to_string(),
    })?;
    if let Some(table) = table {
        make_table(&database, table).map_err(|reason| DynamoDbError::Table {
            name: table.name.clone(),
            reason,
        })?;
    }
    let listener = TcpListener::bind(("127.0.0.1", 0))
        .await
        .map_err(DynamoDbError::Listen)?;
    let address = listener.local_addr().map_err(DynamoDbError::Listen)?;
    tasks.spawn(async move {
        // It ends only when the world ends, which is not worth a word.
        let _ =
            dynoxide::server::serve_with_shutdown(listener, database, std::future::pending()).await;
    });
    Ok(format!("http://{address}"))
}

fn make_table(database: &Database, table: &TableSpec) -> Result<(), String> {
    let describe = DescribeTableRequest {
        table_name: table.name.clone(),
    };
    if let Ok(kept) = database.describe_table(describe) {
        let indexes = kept.table.global_secondary_indexes.unwrap_or_default();
        let names: Vec<_> = indexes
            .iter()
            .map(|index| index.index_name.as_str())
            .collect();
        return add_indexes(database, table, &names);
    }
    let create: CreateTableRequest =
        serde_json::from_value(table.create.clone()).map_err(|error| error.to_string())?;
    database
        .create_table(create)
        .map_err(|error| error.to_string())?;
    if let Some(attribute) = &table.ttl_attribute {
        let time_to_live_specification = TimeToLiveSpecification {
            attribute_name: attribute.clone(),
            enabled: true,
        };
        let request = UpdateTimeToLiveRequest {
            table_name: table.name.clone(),
            time_to_live_specification,
        };
        database
            .update_time_to_live(request)
            .map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// Adds the template's indexes that a table kept from an earlier run does not have yet, one a
/// request, as `DynamoDB` wants it.
fn add_indexes(database: &Database, table: &TableSpec, kept: &[&str]) -> Result<(), String> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    for index in list(&table.create["GlobalSecondaryIndexes"]) {
        if kept.iter().any(|name| index["IndexName"] == *name) {
            continue;
        }
        let keys = list(&index["KeySchema"]);
        let mut attributes = list(&table.create["AttributeDefinitions"]);
        attributes.retain(|attribute| {
            keys.iter()
                .any(|key| key["AttributeName"] == attribute["AttributeName"])
        });
        let update = json!({
            "TableName": table.name,
            "AttributeDefinitions": attributes,
            "GlobalSecondaryIndexUpdates": [{ "Create": index }],
        });
        let update: UpdateTableRequest =
            serde_json::from_value(update).map_err(|error| error.to_string())?;
        database
            .update_table(update)
            .map_err(|error| error.to_string())?;
    }
    Ok(())
}
