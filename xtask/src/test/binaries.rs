//! The test binaries of the workspace.

use std::cmp::Reverse;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tools::workspace::{cargo, output};

/// Tests that bring their own `main`: package and target.
const WITHOUT_HARNESS: [(&str, &str); 1] = [("motorsrnn-hdl", "proofs")];

/// A test binary.
#[derive(Clone, Debug, Default)]
pub struct Binary {
    /// The package's name.
    pub package: String,
    /// The target as cargo's options name it, for example `--test main`.
    pub target: String,
    executable: PathBuf,
    /// The package's folder.
    folder: PathBuf,
}

/// Packages whose tests keep one core busy for longest, in gate-level simulation and in place and route.
const LONGEST: [&str; 2] = ["motorsrnn-verification", "motorsrnn-flow"];

/// Builds all tests, in the order to run them: the longest, then the largest, which contain the most rooms.
pub fn build() -> Result<Vec<Binary>, Box<dyn Error>> {
    let mut build = cargo(["test", "--workspace", "--no-run", "--message-format", "json-render-diagnostics"]);
    let messages = output(build.stderr(Stdio::inherit()))?.stdout;
    let mut binaries: Vec<Binary> = String::from_utf8_lossy(&messages).lines().filter_map(binary).collect();
    let size = |binary: &Binary| fs::metadata(&binary.executable).map_or(0, |metadata| metadata.len());
    let is_longest = |binary: &Binary| LONGEST.contains(&binary.package.as_str());
    binaries.sort_by_key(|binary| (!is_longest(binary), Reverse(size(binary))));
    Ok(binaries)
}

/// The test binary in a message of cargo, if it reports one.
fn binary(message: &str) -> Option<Binary> {
    let message: Value = serde_json::from_str(message).ok()?;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    if message["profile"]["test"] != true {
        return None;
    }
    let name = text(&message["target"]["name"])?;
    let target = match message["target"]["kind"][0].as_str()? {
        "bin" => format!("--bin {name}"),
        "test" => format!("--test {name}"),
        "example" => format!("--example {name}"),
        "bench" => format!("--bench {name}"),
        _ => "--lib".to_owned(),
    };
    Some(Binary {
        package: package(message["package_id"].as_str()?)?,
        target,
        executable: text(&message["executable"])?.into(),
        folder: Path::new(message["manifest_path"].as_str()?).parent()?.to_owned(),
    })
}

/// The package's name in an identity like `path+file:///folder#name@version`.
fn package(identity: &str) -> Option<String> {
    let (place, rest) = identity.split_once('#')?;
    // Where the folder has the package's name, only the version follows.
    let name = rest.split_once('@').map_or_else(|| place.rsplit('/').next(), |(name, _)| Some(name));
    name.map(str::to_owned)
}

impl Binary {
    /// Whether it understands the options of Rust's test harness.
    pub fn has_harness(&self) -> bool {
        let is_this = |(package, target): &(&str, &str)| self.package == *package && self.target.ends_with(target);
        !WITHOUT_HARNESS.iter().any(is_this)
    }

    /// A command that runs it, without arguments, as cargo would.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.executable);
        command.current_dir(&self.folder);
        command.env("CARGO_MANIFEST_DIR", &self.folder).env("CARGO_PKG_NAME", &self.package);
        command
    }

    /// The cargo command that runs it, or one of its tests.
    pub fn rerun(&self, test: Option<&str>) -> String {
        let test = test.map_or_else(String::new, |test| format!(" -- --exact {test}"));
        format!("cargo test -p {} {}{test}", self.package, self.target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: &str, name: &str) -> String {
        format!(
            r#"{{"reason":"compiler-artifact","package_id":"path+file:///w/hdl#motorsrnn-hdl@0.1.0",
            "manifest_path":"/w/hdl/Cargo.toml","target":{{"kind":["{kind}"],"name":"{name}"}},
            "profile":{{"test":true}},"executable":"/w/target/debug/deps/x"}}"#
        )
    }

    #[test]
    fn a_test_binary_is_named_as_cargo_options_name_it() {
        let found = binary(&message("test", "main")).unwrap();
        assert_eq!(found.rerun(Some("a::b")), "cargo test -p motorsrnn-hdl --test main -- --exact a::b");
        assert_eq!(found.folder, Path::new("/w/hdl"));
        assert!(found.has_harness());
        assert_eq!(binary(&message("lib", "hdl")).unwrap().rerun(None), "cargo test -p motorsrnn-hdl --lib");
        assert!(!binary(&message("test", "proofs")).unwrap().has_harness());
    }

    #[test]
    fn other_artifacts_are_no_test_binaries() {
        assert!(binary(&message("test", "main").replace("true", "false")).is_none());
        assert!(binary(r#"{"reason":"build-finished","success":true}"#).is_none());
        assert!(binary("not JSON").is_none());
    }

    #[test]
    fn a_package_in_a_folder_of_its_name_is_found() {
        assert_eq!(package("path+file:///w/motorsrnn#0.1.0").as_deref(), Some("motorsrnn"));
        assert_eq!(package("path+file:///w/host#motorsrnn@0.1.0").as_deref(), Some("motorsrnn"));
    }
}
