//! Builds the functions for Lambda and deploys the stack: `cargo lambda build`, then `sam deploy`.

use std::io::ErrorKind;
use std::process::Command;

use local::building::workspace_root;

use super::Surprise;

/// Members of the workspace that do not run on AWS. Built together with the functions they would
/// lend them their features, and make them larger.
const NOT_DEPLOYED: [&str; 4] = ["local", "doku-simulator", "simulation", "tests"];

/// Builds and deploys the environment of this name in `infra/samconfig.toml`.
pub fn run(environment: &str) -> Result<(), Surprise> {
    let config = workspace_root().join("infra/samconfig.toml");
    let text = std::fs::read_to_string(&config)
        .map_err(|error| Surprise::new(format!("{} cannot be read: {error}", config.display())))?;
    let section = deploy_section(&text, environment).ok_or_else(|| {
        Surprise::new(format!(
            "infra/samconfig.toml has no environment named {environment}: use dev or prod, or add it"
        ))
    })?;
    let mut build = Command::new("cargo");
    build.args(["lambda", "build", "--release", "--locked", "--workspace"]);
    for package in NOT_DEPLOYED {
        build.args(["--exclude", package]);
    }
    if is_arm(section) {
        build.arg("--arm64");
    }
    run_step(&mut build, "pip install cargo-lambda")?;
    let mut deploy = Command::new("sam");
    deploy
        .arg("deploy")
        .arg("--config-file")
        .arg(&config)
        .args(["--config-env", environment]);
    run_step(&mut deploy, "pip install aws-sam-cli")?;
    println!(
        "\nDeployed. For a new stack, fill the secret and register the addresses with DOKU: \
         infra/RUNBOOK.md says how."
    );
    Ok(())
}

/// The lines of an environment's deploy section.
fn deploy_section<'a>(text: &'a str, environment: &str) -> Option<&'a str> {
    let rest = text
        .split_once(&format!("[{environment}.deploy.parameters]\n"))?
        .1;
    Some(rest.split_once("\n[").map_or(rest, |(section, _)| section))
}

/// The template's default, unless the environment says otherwise.
fn is_arm(section: &str) -> bool {
    !section.contains("Architecture=x86_64")
}

fn run_step(command: &mut Command, install: &str) -> Result<(), Surprise> {
    let name = format!(
        "{} {}",
        command.get_program().display(),
        first_word(command)
    );
    println!("→ {name}");
    let status = command.current_dir(workspace_root()).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(Surprise::new(format!(
            "{name} did not succeed: its message above says why (if the command is missing: {install})"
        ))),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Err(Surprise::new(format!("{name} is not installed: {install}")))
        }
        Err(error) => Err(Surprise::new(format!("{name} cannot be started: {error}"))),
    }
}

fn first_word(command: &Command) -> String {
    let first = command.get_args().next().unwrap_or_default();
    first.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = "version = 0.1\n\n[dev.deploy.parameters]\nparameter_overrides = [\n    \
                          \"LogLevel=DEBUG\",\n]\n\n[prod.deploy.parameters]\nparameter_overrides = \
                          [\n    \"Architecture=x86_64\",\n]\n";

    #[test]
    fn each_environment_has_its_own_architecture() {
        assert!(is_arm(deploy_section(CONFIG, "dev").unwrap()));
        assert!(!is_arm(deploy_section(CONFIG, "prod").unwrap()));
        assert_eq!(deploy_section(CONFIG, "stage"), None);
    }

    #[test]
    fn the_real_settings_have_both_environments() {
        let text = std::fs::read_to_string(workspace_root().join("infra/samconfig.toml")).unwrap();
        for environment in ["dev", "prod"] {
            assert!(
                deploy_section(&text, environment).is_some(),
                "{environment}"
            );
        }
    }
}
