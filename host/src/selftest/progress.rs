//! How far a self-test is.

use std::cell::{Cell, RefCell};

/// How far a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Its name.
    pub step: &'static str,
    /// Parts of it that are done.
    pub done: u64,
    /// All its parts.
    pub of: u64,
}

/// Reports progress; shared by all parts of a step.
pub(super) struct Meter<'a> {
    progress: Cell<Progress>,
    report: RefCell<&'a mut dyn FnMut(Progress)>,
}

impl<'a> Meter<'a> {
    pub(super) fn new(report: &'a mut dyn FnMut(Progress)) -> Self {
        Self { progress: Cell::new(Progress { step: "", done: 0, of: 0 }), report: RefCell::new(report) }
    }

    /// A step of `of` parts begins.
    pub(super) fn begin(&self, step: &'static str, of: usize) {
        self.set(Progress { step, done: 0, of: of as u64 });
    }

    /// So many more parts are done.
    pub(super) fn advance(&self, parts: usize) {
        let progress = self.progress.get();
        self.set(Progress { done: progress.done + parts as u64, ..progress });
    }

    fn set(&self, progress: Progress) {
        self.progress.set(progress);
        (self.report.borrow_mut())(progress);
    }
}
