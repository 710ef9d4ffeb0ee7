//! Whether to believe the trained readouts or the taught ones.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// The decoder whose decision counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trusted {
    /// The trained network, which never changes.
    #[default]
    Trained,
    /// The readouts that are taught.
    Adapted,
}

/// Compares both on the last windows with a label, by what they decided before the label taught anything.
///
/// Its text has a letter for each of these windows, the oldest first: `b` if both were right, `t` if only the trained network was,
/// `a` if only the readouts that are taught were, `n` if neither was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Trust {
    span: usize,
    /// Of each of the last labelled windows, whether the trained and the adapted decoder were right.
    recent: VecDeque<(bool, bool)>,
}

/// Windows with a label that are compared unless another number is given: two days of 40. With fewer, chance decides (if they differ
/// on a fifth of the windows, the standard error of their difference is 5 points); with more, the switch comes late.
const STANDARD_SPAN: usize = 80;

impl Default for Trust {
    fn default() -> Self {
        Self::new(STANDARD_SPAN)
    }
}

impl Trust {
    /// Compares over the last `span` windows with a label, at least one.
    #[must_use]
    pub fn new(span: usize) -> Self {
        Self { span: span.max(1), recent: VecDeque::new() }
    }

    /// Notes a labelled window: whether each decoder was right.
    pub fn note(&mut self, trained: bool, adapted: bool) {
        if self.recent.len() == self.span {
            self.recent.pop_front();
        }
        self.recent.push_back((trained, adapted));
    }

    /// The decoder that was right more often; the trained one if both were as often.
    #[must_use]
    pub fn trusted(&self) -> Trusted {
        let right = |of: fn(&(bool, bool)) -> bool| self.recent.iter().filter(|one| of(one)).count();
        if right(|(_, adapted)| *adapted) > right(|(trained, _)| *trained) {
            Trusted::Adapted
        } else {
            Trusted::Trained
        }
    }
}

impl From<Trust> for String {
    fn from(trust: Trust) -> Self {
        let letter = |right: &(bool, bool)| match right {
            (true, true) => 'b',
            (true, false) => 't',
            (false, true) => 'a',
            (false, false) => 'n',
        };
        trust.recent.iter().map(letter).collect()
    }
}

impl TryFrom<String> for Trust {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let mut trust = Self::default();
        for letter in text.chars() {
            match letter {
                'b' => trust.note(true, true),
                't' => trust.note(true, false),
                'a' => trust.note(false, true),
                'n' => trust.note(false, false),
                other => return Err(format!("`{other}` is none of the letters b, t, a and n")),
            }
        }
        Ok(trust)
    }
}
