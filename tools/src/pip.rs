//! Python and pip without the user's settings, except those that lead to the package index.
//!
//! Settings for other projects would make pip install elsewhere (`target`, `user`, `prefix`, `root`, `python`), something else
//! (`no-binary`, `constraint`, `platform`) or nothing (`dry-run`), and every version of pip has more of them. So nothing is kept
//! but a list of options without which some sites cannot download at all. `--isolated` would not do: it ignores those, too, and
//! still reads the settings of the whole machine.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

/// Variables of a process.
pub(crate) type Variables = Vec<(OsString, OsString)>;

/// Options of pip that lead to the package index, as its files name them.
const INDEX_OPTIONS: [&str; 13] = [
    "cert",
    "client-cert",
    "default-timeout",
    "extra-index-url",
    "find-links",
    "index-url",
    "keyring-provider",
    "no-index",
    "proxy",
    "retries",
    "timeout",
    "trusted-host",
    "use-feature",
];

/// The sections of pip's files that hold for an installation; the later ones prevail.
const SECTIONS: [&str; 2] = ["global", "install"];

/// Names the only file that pip reads its settings from; with this value it reads none.
const CONFIG_FILE: (&str, &str) = ("PIP_CONFIG_FILE", "/dev/null");

/// A Python that neither the caller's variables nor the current folder change.
pub(crate) fn python(program: &Path, caller: &Variables) -> Command {
    let mut command = without_settings(program, caller);
    command.arg("-I");
    command
}

/// A program that the caller's variables of Python and pip do not change.
pub(crate) fn without_settings(program: &Path, caller: &Variables) -> Command {
    let mut command = Command::new(program);
    command.env_clear().envs(caller.iter().filter(|(name, _)| !is_setting(name)).cloned());
    command
}

/// pip of a Python, with those of the caller's settings that lead to the package index.
pub(crate) fn pip(program: &Path, caller: &Variables) -> Command {
    let mut command = python(program, caller);
    command.args(["-m", "pip", "--disable-pip-version-check", "--no-input"]);
    command.envs(index_settings(program, caller)).env(CONFIG_FILE.0, CONFIG_FILE.1);
    command
}

/// Whether a variable changes what Python or pip does.
fn is_setting(name: &OsString) -> bool {
    let name = name.to_string_lossy().to_uppercase();
    name.starts_with("PYTHON") || name.starts_with("PIP_")
}

/// The variables that lead to the package index: those of the caller, and those that stand for lines of the caller's files.
fn index_settings(program: &Path, caller: &Variables) -> Variables {
    let is_index = |name: &OsString| INDEX_OPTIONS.iter().any(|option| *name == *variable(option));
    let own = caller.iter().filter(|(name, _)| is_index(name)).cloned();
    let file = caller.iter().filter(|(name, _)| name == CONFIG_FILE.0).cloned();
    let listed = python(program, caller).envs(file).args(["-m", "pip", "config", "list"]).output();
    // Files that pip cannot read have no settings; this pip does without.
    let listed = listed.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    from_files(&listed).into_iter().chain(own).collect()
}

/// The variables that stand for the lines of `pip config list` that lead to the package index.
fn from_files(listed: &str) -> Variables {
    let setting = |section: &str, line: &str| {
        let (option, value) = line.strip_prefix(section)?.strip_prefix('.')?.split_once('=')?;
        INDEX_OPTIONS.contains(&option).then(|| (variable(option).into(), string_literal(value).into()))
    };
    SECTIONS.iter().flat_map(|section| listed.lines().filter_map(move |line| setting(section, line))).collect()
}

/// The variable of an option.
fn variable(option: &str) -> String {
    format!("PIP_{}", option.replace('-', "_").to_uppercase())
}

/// The value of a Python string literal.
fn string_literal(literal: &str) -> String {
    let inner = literal.get(1..literal.len().saturating_sub(1)).unwrap_or_default();
    let mut value = String::new();
    let mut letters = inner.chars();
    while let Some(letter) = letters.next() {
        value.push(match letter {
            '\\' => match letters.next() {
                Some('n') => '\n',
                Some('r') => '\r',
                Some('t') => '\t',
                Some(escaped) => escaped,
                None => '\\',
            },
            letter => letter,
        });
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(pairs: &[(&str, &str)]) -> Variables {
        pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
    }

    #[test]
    fn of_the_files_only_what_leads_to_the_index_is_kept() {
        let listed = "global.cert='/etc/ca.crt'\nglobal.index-url='https://a/simple'\nglobal.target='/elsewhere'\n\
                      global.user='yes'\ninstall.index-url=\"https://b/it's\"\n\
                      install.extra-index-url='\\nhttps://c\\nhttps://d'\n:env:.prefix='/elsewhere'\nfreeze.timeout='10'\n";
        let expected = [
            ("PIP_CERT", "/etc/ca.crt"),
            ("PIP_INDEX_URL", "https://a/simple"),
            ("PIP_INDEX_URL", "https://b/it's"),
            ("PIP_EXTRA_INDEX_URL", "\nhttps://c\nhttps://d"),
        ];
        assert_eq!(from_files(listed), variables(&expected));
    }

    #[test]
    fn of_the_variables_only_what_leads_to_the_index_is_kept() {
        let caller = variables(&[
            ("HOME", "/home"),
            ("HTTPS_PROXY", "https://proxy"),
            ("PIP_INDEX_URL", "https://a"),
            ("PIP_TARGET", "/elsewhere"),
            ("PYTHONHOME", "/elsewhere"),
            ("PYTHONPATH", "/elsewhere"),
        ]);
        let pip = pip(Path::new("/no/python"), &caller);
        let kept: Vec<String> = pip.get_envs().map(|(name, _)| name.to_string_lossy().into_owned()).collect();
        assert_eq!(kept, ["HOME", "HTTPS_PROXY", "PIP_CONFIG_FILE", "PIP_INDEX_URL"]);
    }

    #[test]
    fn string_literals_are_read_as_python_writes_them() {
        for (literal, value) in
            [(r"'a\\b'", r"a\b"), (r"'\tx'", "\tx"), (r#"'it\'s "b"'"#, "it's \"b\""), ("", ""), ("'", "")]
        {
            assert_eq!(string_literal(literal), value, "{literal}");
        }
    }
}
