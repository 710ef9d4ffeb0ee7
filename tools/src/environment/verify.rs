//! Real installations.

use super::*;

/// A small package without a program.
const SMALL: &str = "click";

fn installs(folder: &Path, more: &[(&str, &Path)]) {
    let mut environment = Environment::of(folder);
    environment.caller.extend(more.iter().map(|(name, value)| ((*name).into(), value.as_os_str().to_owned())));
    environment.install(SMALL).unwrap_or_else(|error| panic!("{more:?}: {error}"));
    assert!(environment.has(SMALL) && environment.package_folder(SMALL).is_some(), "{more:?}");
}

#[test]
fn no_setting_of_the_user_changes_where_packages_go() {
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = folder.path().join("elsewhere");
    let home = folder.path().join("home");
    fs::create_dir_all(home.join(".config/pip")).unwrap();
    let target = elsewhere.display();
    fs::write(home.join(".config/pip/pip.conf"), format!("[install]\nuser = yes\ntarget = {target}\n")).unwrap();
    let yes = Path::new("1");
    let settings: [&[(&str, &Path)]; 4] = [
        &[("PIP_TARGET", &elsewhere), ("PIP_PREFIX", &elsewhere), ("PIP_ROOT", &elsewhere)],
        &[("PIP_USER", yes), ("PIP_REQUIRE_VIRTUALENV", yes), ("PYTHONUSERBASE", &elsewhere)],
        &[("HOME", &home)],
        &[
            ("PYTHONHOME", &elsewhere),
            ("PYTHONPATH", &elsewhere),
            ("PIP_DRY_RUN", yes),
            ("PIP_NO_BINARY", Path::new(":all:")),
        ],
    ];
    for (number, settings) in settings.into_iter().enumerate() {
        installs(&folder.path().join(number.to_string()), settings);
        assert!(!elsewhere.exists(), "{settings:?}");
    }
}

#[test]
fn every_package_is_installed_and_checked_without_the_others() {
    for package in Environment::packages() {
        let folder = tempfile::tempdir().unwrap();
        let environment = Environment::of(folder.path());
        environment.install(package).unwrap();
        assert!(environment.has(package), "{package}");
    }
}

#[test]
fn a_folder_that_is_no_environment_is_replaced_and_the_users_python_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let users = folder.path().join("users");
    let made = Command::new("python3").args(["-m", "venv"]).arg(&users).output().unwrap();
    assert!(made.status.success());
    let bin = folder.path().join(FOLDER).join("bin");
    fs::create_dir_all(&bin).unwrap();
    fs::write(bin.join("python"), format!("#!/bin/sh\nexec '{}' \"$@\"\n", users.join("bin/python").display()))
        .unwrap();
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(bin.join("python"), executable).unwrap();
    installs(folder.path(), &[]);
    let listed = Command::new(users.join("bin/python")).args(["-m", "pip", "list"]).output().unwrap();
    assert!(!String::from_utf8_lossy(&listed.stdout).contains(SMALL));
}

#[test]
fn an_index_of_the_users_files_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("pip.conf");
    fs::write(&config, "[global]\nindex-url = http://127.0.0.1:9/of-the-user\n[install]\nretries = 1\n").unwrap();
    let mut environment = Environment::of(folder.path());
    environment.caller.retain(|(name, _)| !name.to_string_lossy().starts_with("PIP_"));
    environment.caller.push(("PIP_CONFIG_FILE".into(), config.into()));
    let error = environment.install(SMALL).unwrap_err().to_string();
    assert!(error.contains("/of-the-user/click/"), "{error}");
    assert!(!environment.has(SMALL));
}
