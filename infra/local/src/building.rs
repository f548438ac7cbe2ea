//! Builds the functions with cargo and finds their executables.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

use serde::Deserialize;

/// How the functions are compiled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Profile {
    /// Quick to build.
    #[default]
    Dev,
    /// As deployed.
    Release,
}

impl Profile {
    /// Where cargo puts the executables, honouring `CARGO_TARGET_DIR`.
    pub fn output_directory(self) -> PathBuf {
        let target =
            std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
        workspace_root().join(target).join(match self {
            Self::Dev => "debug",
            Self::Release => "release",
        })
    }
}

/// What cargo is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Target {
    /// The binary of a package, of the same name.
    Package(String),
    /// An example of a package: `(package, example)`.
    Example(String, String),
}

impl Target {
    /// The name of the executable.
    pub fn name(&self) -> &str {
        match self {
            Self::Package(name) | Self::Example(_, name) => name,
        }
    }
}

/// Why there are no executables.
#[derive(Debug, Clone, thiserror::Error)]
pub enum BuildError {
    /// Cargo is not there.
    #[error("cargo cannot be started ({0}): is Rust installed? https://rustup.rs")]
    NoCargo(String),
    /// Cargo said why on standard error.
    #[error("the functions could not be built: cargo's message above says why")]
    Failed,
    /// Cargo was content, but did not name an executable.
    #[error("cargo built no executable named {0}: CodeUri must end with the name of a package")]
    NoExecutable(String),
}

/// The root of this workspace, where the template and the functions are.
pub fn workspace_root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}

/// Builds the functions of the template and says where each executable is, by package name.
///
/// Cargo's progress goes to standard error as usual. A second call in the same process for the same
/// things answers from memory, so that many worlds cost one look at the sources.
pub fn build_functions(
    packages: &[String],
    profile: Profile,
) -> Result<HashMap<String, PathBuf>, BuildError> {
    let targets: Vec<_> = packages.iter().cloned().map(Target::Package).collect();
    build(&targets, profile)
}

/// What has been built in this process so far, or why it could not be.
type Built = HashMap<(Vec<Target>, Profile), Result<HashMap<String, PathBuf>, BuildError>>;

/// Builds any targets; see [`build_functions`].
pub fn build(targets: &[Target], profile: Profile) -> Result<HashMap<String, PathBuf>, BuildError> {
    static BUILT: Mutex<Option<Built>> = Mutex::new(None);
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    built
        .get_or_insert_default()
        .entry((targets.to_vec(), profile))
        .or_insert_with(|| run_cargo(targets, profile))
        .clone()
}

fn run_cargo(targets: &[Target], profile: Profile) -> Result<HashMap<String, PathBuf>, BuildError> {
    if targets.is_empty() {
        return Ok(HashMap::new());
    }
    // The cargo that runs us, so that the toolchain is the same.
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .args(["build", "--message-format=json-render-diagnostics"])
        .current_dir(workspace_root())
        .stdin(Stdio::null())
        .stderr(Stdio::inherit());
    if profile == Profile::Release {
        command.arg("--release");
    }
    // Selected, but not built: cargo settles the features of what is selected together. Without it
    // the functions' dependencies, the AWS SDK among them, would be compiled a second time with
    // fewer features than this program has compiled them with.
    if profile == Profile::Dev {
        command.args(["--package", env!("CARGO_PKG_NAME")]);
    }
    for target in targets {
        match target {
            Target::Package(name) => command.args(["--package", name, "--bin", name]),
            Target::Example(package, name) => {
                command.args(["--package", package, "--example", name])
            }
        };
    }
    let output = command
        .output()
        .map_err(|error| BuildError::NoCargo(error.to_string()))?;
    if !output.status.success() {
        return Err(BuildError::Failed);
    }
    let executables = executables(&String::from_utf8_lossy(&output.stdout));
    targets
        .iter()
        .map(|target| {
            let name = target.name();
            let path = executables.get(name).cloned();
            Ok((
                name.to_owned(),
                path.ok_or_else(|| BuildError::NoExecutable(name.to_owned()))?,
            ))
        })
        .collect()
}

#[derive(Deserialize)]
struct Artifact {
    target: ArtifactTarget,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct ArtifactTarget {
    name: String,
}

/// Picks the executables out of cargo's messages; every other message is passed over.
fn executables(messages: &str) -> HashMap<String, PathBuf> {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Artifact>(line).ok())
        .filter_map(|artifact| Some((artifact.target.name, artifact.executable?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn executables_are_found_among_cargos_messages() {
        let messages = r#"
{"reason":"compiler-artifact","target":{"name":"serde","kind":["lib"]},"executable":null}
{"reason":"compiler-artifact","target":{"name":"pay","kind":["bin"]},"executable":"/t/debug/pay"}
{"reason":"build-script-executed","package_id":"x"}
not json
{"reason":"build-finished","success":true}"#;
        assert_eq!(
            executables(messages),
            HashMap::from([("pay".into(), "/t/debug/pay".into())])
        );
    }
}
