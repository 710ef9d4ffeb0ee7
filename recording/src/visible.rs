//! Texts of files on a terminal: control characters are shown escaped, so that none acts.

/// The text on one line: all control characters escaped, `\n` as well.
pub fn on_one_line(text: &str) -> String {
    escaped(text, |_| false)
}

/// The text with its lines: all control characters but `\n` and `\t` escaped.
pub fn visible(text: &str) -> String {
    escaped(text, |letter| ['\n', '\t'].contains(&letter))
}

fn escaped(text: &str, stays: impl Fn(char) -> bool) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter.is_control() && !stays(letter) {
            true => shown.extend(letter.escape_default()),
            false => shown.push(letter),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_escaped_and_letters_stay() {
        assert_eq!(on_one_line("a\u{1b}[31m\nb\u{9b}\té → …"), "a\\u{1b}[31m\\nb\\u{9b}\\té → …");
        assert_eq!(visible("a\r\n\tb"), "a\\r\n\tb");
    }
}
