//! The result of a self-test, as text and as JSON.

use std::fmt::Write;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value};
use spec::wire::HelloAnswer;

use crate::link::LinkStatistics;

/// The result of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The board does what it should.
    Pass,
    /// It does not.
    Fail,
    /// The step did not run.
    Skipped,
}

impl Verdict {
    /// The verdict in the text report.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "PASS",
            Self::Fail => "FAIL",
            Self::Skipped => "SKIPPED",
        }
    }
}

/// The figures of a step, by name.
pub(crate) type Figures = Map<String, Value>;

/// Figures by name, in this order.
pub(crate) fn figures<'a>(figures: impl IntoIterator<Item = (&'a str, Value)>) -> Figures {
    figures.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// What a step found.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    verdict: Verdict,
    reason: Option<String>,
    /// The link failed, not the board.
    is_of_link: bool,
    figures: Figures,
}

impl Finding {
    pub(crate) fn passed(figures: Figures) -> Self {
        Self { verdict: Verdict::Pass, reason: None, is_of_link: false, figures }
    }

    pub(crate) fn failed(reason: impl Into<String>) -> Self {
        Self { verdict: Verdict::Fail, reason: Some(reason.into()), is_of_link: false, figures: Figures::new() }
    }

    pub(crate) fn failed_link(reason: impl Into<String>) -> Self {
        Self { is_of_link: true, ..Self::failed(reason) }
    }

    pub(crate) fn skipped(reason: impl Into<String>) -> Self {
        Self { verdict: Verdict::Skipped, ..Self::failed(reason) }
    }

    /// Fails if there is a reason to, and passes otherwise.
    pub(crate) fn unless(reason: Option<String>, figures: Figures) -> Self {
        match reason {
            None => Self::passed(figures),
            Some(reason) => Self { figures, ..Self::failed(reason) },
        }
    }

    /// The same with these figures.
    pub(crate) fn with(self, figures: Figures) -> Self {
        Self { figures, ..self }
    }

    /// A remark on a step that passed.
    pub(crate) fn remarking(self, remark: Option<String>) -> Self {
        Self { reason: self.reason.or(remark), ..self }
    }
}

/// A step that has ended.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename = "step")]
pub struct Step {
    /// Its name.
    pub step: &'static str,
    /// Its result.
    pub verdict: Verdict,
    /// Why it failed or was skipped, or a remark on a step that passed.
    pub reason: Option<String>,
    /// What was measured and counted.
    pub figures: Map<String, Value>,
    /// How long it took.
    pub duration_s: f64,
    /// The link failed, not the board.
    #[serde(skip)]
    pub is_of_link: bool,
}

impl Step {
    pub(crate) fn new(step: &'static str, finding: Finding, duration: Duration) -> Self {
        let Finding { verdict, reason, is_of_link, figures } = finding;
        Self { step, verdict, reason, figures, duration_s: duration.as_secs_f64(), is_of_link }
    }

    /// The lines of the text report.
    #[must_use]
    pub fn text(&self) -> String {
        let verdict = self.verdict.name();
        let reason = self.reason.as_deref().unwrap_or_default();
        let mut text = format!("{:<12} {verdict:<8} {:.1} s  {reason}", self.step, self.duration_s);
        text.truncate(text.trim_end().len());
        text.push('\n');
        for (name, value) in &self.figures {
            let _ = writeln!(text, "             {}: {}", name.replace('_', " "), plain(value));
        }
        text
    }
}

/// A figure without JSON punctuation.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => match number.as_f64().filter(|_| number.is_f64()) {
            Some(real) => format!("{real:.1}"),
            None => number.to_string(),
        },
        Value::Array(values) => values.iter().map(plain).collect::<Vec<_>>().join(", "),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| format!("{name} {}", plain(value))).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}

/// All steps.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The board's answer to the hello.
    pub hello: HelloAnswer,
    /// Counts of all links.
    pub link: LinkStatistics,
    /// The steps, in order.
    pub steps: Vec<Step>,
}

impl Report {
    /// Fail if any step fails, pass if any passes and none fails, otherwise skipped.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let any = |verdict| self.steps.iter().any(|step| step.verdict == verdict);
        if any(Verdict::Fail) {
            Verdict::Fail
        } else if any(Verdict::Pass) {
            Verdict::Pass
        } else {
            Verdict::Skipped
        }
    }

    /// The steps that failed.
    pub fn failed(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| step.verdict == Verdict::Fail)
    }
}
