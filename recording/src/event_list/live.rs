//! Event lists that are appended to while they are recorded: they say how many channels there are, and may end anywhere.

/// The start of the first line.
const MARK: &str = "# motorsrnn live, ";
const CHANNELS: &str = " channels";

/// The first line, a comment, of an event list that is appended to while it is recorded, and of its trials.
#[must_use]
pub fn live_header(n_channels: u16) -> String {
    format!("{MARK}{n_channels}{CHANNELS}\n")
}

/// The channels of a text that is appended to while it is recorded; none of another.
///
/// # Errors
/// A number of channels that no recording has.
pub(super) fn n_channels(text: &str) -> Option<Result<u16, String>> {
    let number = text.lines().next()?.trim_end().strip_prefix(MARK)?.strip_suffix(CHANNELS)?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| {
        number.parse().map_err(|_| format!("it says {number} channels, and there can be {} at most", u16::MAX))
    })
}

/// The lines that are whole, and whether that is all. A text that was appended to may end in the middle of a line.
pub(super) fn whole_lines(text: &str) -> (&str, bool) {
    if n_channels(text).is_none() || text.ends_with('\n') {
        return (text, true);
    }
    (&text[..text.rfind('\n').map_or(0, |end| end + 1)], false)
}
