//! Worlds around this crate's examples.

use std::collections::HashMap;
use std::path::Path;

use local::building::{Profile, Target, build};
use local::{Options, World};

/// The fixture's template, with an example for each of its functions and nothing of DOKU's.
pub fn options() -> Options {
    let names = ["echo", "clockwork", "worker"];
    let examples = names.map(|name| Target::Example("local".into(), name.into()));
    let built = build(&examples, Profile::Dev).unwrap();
    let mut executables: HashMap<_, _> = built;
    executables.insert("notify-webhook".into(), executables["echo"].clone());
    Options {
        template: Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/template.yaml"),
        executables,
        simulator: false,
        ..Options::default()
    }
}

/// Starts one, with something changed.
pub async fn start(change: impl FnOnce(&mut Options)) -> World {
    let mut options = options();
    change(&mut options);
    World::start(options).await.unwrap()
}

/// A client for whatever listens on this machine.
pub fn client() -> reqwest::Client {
    local::http_client().unwrap()
}
