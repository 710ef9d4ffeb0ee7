//! What comes instead of answers.

use std::collections::VecDeque;

/// Bytes that are no frames.
#[derive(Clone, Debug, Default)]
pub(super) struct Noise {
    n_bytes: u64,
    /// The last of them.
    recent: VecDeque<u8>,
    /// How many of them may still turn out to be a frame.
    n_open: usize,
}

/// How many bytes are looked at.
const RECENT_BYTES: usize = 160;

/// The fewest bytes that can be called a text.
const TEXT_BYTES: usize = 16;

/// The longest excerpt of a text.
const EXCERPT_CHARS: usize = 40;

impl Noise {
    /// Adds a byte, which may belong to a frame.
    pub(super) fn add(&mut self, byte: u8) {
        self.n_bytes += 1;
        if self.recent.len() == RECENT_BYTES {
            self.recent.pop_front();
        }
        self.recent.push_back(byte);
        self.n_open += 1;
    }

    /// The bytes since the last frame or garbage were no frame.
    pub(super) fn close(&mut self) {
        self.n_open = 0;
    }

    /// The bytes since the last frame or garbage were a frame.
    pub(super) fn retract(&mut self) {
        self.n_bytes -= self.n_open as u64;
        self.recent.truncate(self.recent.len().saturating_sub(self.n_open));
        self.n_open = 0;
    }

    /// How many there were.
    pub(super) fn n_bytes(&self) -> u64 {
        self.n_bytes
    }

    /// An excerpt, if they read as text.
    pub(super) fn text(&self) -> Option<String> {
        let is_text = |byte: &&u8| byte.is_ascii_graphic() || b" \t\r\n\x1b".contains(byte);
        let n_text = self.recent.iter().filter(is_text).count();
        // Nine in ten: a line that also carries answers mixes some of their bytes in.
        if self.recent.len() < TEXT_BYTES || 10 * n_text < 9 * self.recent.len() {
            return None;
        }
        let bytes: Vec<u8> = self.recent.iter().copied().collect();
        let text = String::from_utf8_lossy(&bytes);
        let longest = text.lines().map(str::trim).max_by_key(|line| line.len())?;
        Some(longest.chars().take(EXCERPT_CHARS).collect::<String>().escape_debug().to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(bytes: &[u8]) -> Noise {
        let mut noise = Noise::default();
        bytes.iter().for_each(|byte| noise.add(*byte));
        noise
    }

    #[test]
    fn lines_of_a_console_are_text_and_the_longest_is_shown() {
        let noise = noise(b"\r\nUbuntu 24.04 LTS lab ttyUSB0\r\n\r\nlogin: ");
        assert_eq!(noise.text().as_deref(), Some("Ubuntu 24.04 LTS lab ttyUSB0"));
    }

    #[test]
    fn binary_noise_and_a_few_letters_are_not_text() {
        assert_eq!(noise(b"AT\rAT\r").text(), None);
        assert_eq!(noise(&(0..=u8::MAX).collect::<Vec<_>>()).text(), None);
    }

    #[test]
    fn an_excerpt_is_short_and_printable_whatever_comes() {
        let bytes = [&b"\x1b[1;31m"[..], &[b'x'; 1000]].concat();
        let text = noise(&bytes).text().unwrap();
        assert!(text.len() <= EXCERPT_CHARS && text.chars().all(|letter| !letter.is_control()), "{text}");
    }

    #[test]
    fn frames_are_no_noise() {
        let mut noise = noise(b"a console says something");
        noise.close();
        (1..=200).for_each(|byte| noise.add(byte));
        noise.retract();
        assert_eq!(noise.n_bytes(), 24);
        noise.add(b'x');
        assert_eq!(noise.n_bytes(), 25);
    }
}
