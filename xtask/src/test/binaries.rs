//! The test binaries of the workspace.

use std::cmp::Reverse;
use std::error::Error;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tools::workspace::cargo;

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

/// Builds all tests and benchmarks, and gives the tests in the order to run them: the longest, then the largest, which contain
/// the most rooms. The compiler is Clippy, so that lints cost no pass of their own.
///
/// # Errors
/// Code that does not compile, or that is warned of.
pub fn build() -> Result<Vec<Binary>, Box<dyn Error>> {
    let arguments = ["test", "--workspace", "--all-targets", "--no-run", "--message-format", "json"];
    let mut process = linted(arguments).stdout(Stdio::piped()).spawn()?;
    let (mut binaries, mut n_warnings) = (Vec::new(), 0);
    for line in process.stdout.take().into_iter().flat_map(|stdout| BufReader::new(stdout).lines()) {
        let Ok(message) = serde_json::from_str::<Value>(&line?) else { continue };
        if let Some(text) = message["message"]["rendered"].as_str() {
            eprint!("{text}");
            n_warnings += usize::from(message["message"]["level"] == "warning");
        }
        binaries.extend(binary(&message));
    }
    if !process.wait()?.success() {
        return Err("the tests do not compile".into());
    }
    if n_warnings > 0 {
        return Err(format!("{n_warnings} warnings").into());
    }
    let size = |binary: &Binary| fs::metadata(&binary.executable).map_or(0, |metadata| metadata.len());
    let is_longest = |binary: &Binary| LONGEST.contains(&binary.package.as_str());
    binaries.sort_by_key(|binary| (!is_longest(binary), Reverse(size(binary))));
    Ok(binaries)
}

/// A cargo command whose compiler is Clippy.
pub fn linted<const N: usize>(arguments: [&str; N]) -> Command {
    let mut command = cargo(arguments);
    command.env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver");
    command
}

/// The test binary in a message of cargo, if it reports one.
fn binary(message: &Value) -> Option<Binary> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    if message["profile"]["test"] != true {
        return None;
    }
    let name = text(&message["target"]["name"])?;
    let target = match message["target"]["kind"][0].as_str()? {
        "bin" => format!("--bin {name}"),
        "test" => format!("--test {name}"),
        "example" => format!("--example {name}"),
        // Benchmarks are built, and run by `bench`.
        "bench" => return None,
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

    fn message(kind: &str, name: &str) -> Value {
        let text = format!(
            r#"{{"reason":"compiler-artifact","package_id":"path+file:///w/hdl#motorsrnn-hdl@0.1.0",
            "manifest_path":"/w/hdl/Cargo.toml","target":{{"kind":["{kind}"],"name":"{name}"}},
            "profile":{{"test":true}},"executable":"/w/target/debug/deps/x"}}"#
        );
        serde_json::from_str(&text).unwrap()
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
        let mut of_build = message("test", "main");
        of_build["profile"]["test"] = false.into();
        assert!(binary(&of_build).is_none());
        assert!(binary(&message("bench", "speed")).is_none());
        assert!(binary(&serde_json::json!({"reason": "build-finished", "success": true})).is_none());
    }

    #[test]
    fn a_package_in_a_folder_of_its_name_is_found() {
        assert_eq!(package("path+file:///w/motorsrnn#0.1.0").as_deref(), Some("motorsrnn"));
        assert_eq!(package("path+file:///w/host#motorsrnn@0.1.0").as_deref(), Some("motorsrnn"));
    }
}
