//! Panics of the HDF5 reader become errors and print nothing.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    /// Whether a panic of this thread is caught by [`catch_quietly`].
    static IS_CAUGHT: Cell<bool> = const { Cell::new(false) };
}

/// Runs `body`; none if it panicked. The panic prints nothing: the first call wraps the process's panic hook in one that
/// leaves out the threads that are in here. (A program that sets a hook of its own afterwards has the text again.)
pub(super) fn catch_quietly<T>(body: impl FnOnce() -> T) -> Option<T> {
    static WRAP_HOOK: Once = Once::new();
    WRAP_HOOK.call_once(|| {
        let hook = take_hook();
        set_hook(Box::new(move |panic| {
            if !IS_CAUGHT.get() {
                hook(panic);
            }
        }));
    });
    let outer = IS_CAUGHT.replace(true);
    let result = catch_unwind(AssertUnwindSafe(body));
    IS_CAUGHT.set(outer);
    result.ok()
}
