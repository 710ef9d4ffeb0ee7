//! Writes log and checkpoints by a thread of its own, so that no disk holds up a board.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};

use spec::image::PlasticImage;
use train::Decoder;
use train::adapt::Adapted;

use super::log::Line;
use super::options::AdaptArgs;
use crate::failure::Failure;
use crate::verb::warn;

/// Something to be kept, in order: a line of the log is on its way to the disk before a later checkpoint is.
enum Kept {
    Line(Vec<u8>),
    Image(Box<(PlasticImage, Adapted)>),
}

/// Takes lines and images, and never waits for the disk.
pub(super) struct Keeper {
    /// None at the end.
    kept: Option<Sender<Kept>>,
    has_failed: Arc<AtomicBool>,
    thread: Option<JoinHandle<Result<Option<String>, Failure>>>,
}

impl Keeper {
    /// Makes the log; none if there is nothing to write.
    pub(super) fn begin(args: &AdaptArgs, base: &Arc<Decoder>) -> Result<Option<Self>, Failure> {
        if args.log.is_none() && args.save.is_none() {
            return Ok(None);
        }
        let make = |path: &PathBuf| {
            let file = File::create_new(path).map_err(|error| Failure::unwritable(path, &error))?;
            Ok::<_, Failure>((path.clone(), file))
        };
        let has_failed = Arc::<AtomicBool>::default();
        let files = Files {
            log: args.log.as_ref().map(make).transpose()?,
            image: args.save.clone(),
            base: Arc::clone(base),
            has_failed: Arc::clone(&has_failed),
        };
        let (kept, received) = channel();
        let thread = thread::spawn(move || files.keep(&received));
        Ok(Some(Self { kept: Some(kept), has_failed, thread: Some(thread) }))
    }

    /// Adds a line to the log. After a line that could not be written there are no others, which [`Keeper::end`] reports.
    pub(super) fn line(&self, line: &Line) {
        let mut text = serde_json::to_vec(line).unwrap_or_default();
        text.push(b'\n');
        self.keep(Kept::Line(text));
    }

    /// Writes the image and its companion. One that cannot be written is reported by [`Keeper::end`], unless a later one can.
    pub(super) fn image(&self, image: PlasticImage, adapted: Adapted) {
        self.keep(Kept::Image(Box::new((image, adapted))));
    }

    fn keep(&self, kept: Kept) {
        if let Some(sender) = &self.kept {
            let _ = sender.send(kept);
        }
    }

    /// Whether something could not be written.
    pub(super) fn has_failed(&self) -> bool {
        self.has_failed.load(Ordering::SeqCst)
    }

    /// Waits until all is written. Returns the hash of the last image, if any was written.
    pub(super) fn end(mut self) -> Result<Option<String>, Failure> {
        self.finish()
    }

    fn finish(&mut self) -> Result<Option<String>, Failure> {
        self.kept = None;
        let ended = self.thread.take().map(JoinHandle::join);
        ended.map_or(Ok(None), |ended| {
            ended.unwrap_or_else(|_| Err(Failure::input("the thread that writes the log has ended")))
        })
    }
}

/// Also of a session that fails, all windows that have run are in the log.
impl Drop for Keeper {
    fn drop(&mut self) {
        let _ = self.finish();
    }
}

struct Files {
    log: Option<(PathBuf, File)>,
    image: Option<PathBuf>,
    base: Arc<Decoder>,
    has_failed: Arc<AtomicBool>,
}

impl Files {
    fn keep(mut self, kept: &Receiver<Kept>) -> Result<Option<String>, Failure> {
        let (mut logged, mut saved) = (Ok(()), Ok(None));
        for kept in kept {
            match kept {
                Kept::Line(line) => logged = logged.and_then(|()| self.with_log(|log| log.write_all(&line))),
                Kept::Image(adapted) => {
                    // What the image has learned is in the log, also after a loss of power: an image has not more than that.
                    logged = logged.and_then(|()| self.with_log(|log| log.sync_data()));
                    if let Some(path) = self.image.as_ref().filter(|_| logged.is_ok()) {
                        saved = save(&self.base, *adapted, path).map(Some);
                    }
                }
            }
            if logged.is_err() || saved.is_err() {
                self.has_failed.store(true, Ordering::SeqCst);
            }
        }
        logged = logged.and_then(|()| self.with_log(|log| log.sync_data()));
        if let (Err(_), Err(failure)) = (&logged, &saved) {
            warn(failure);
        }
        logged.and(saved)
    }

    fn with_log(&mut self, write: impl FnOnce(&mut File) -> io::Result<()>) -> Result<(), Failure> {
        let Some((path, file)) = &mut self.log else { return Ok(()) };
        write(file).map_err(|error| Failure::unwritable(path, &error))
    }
}

/// Writes an image that was adapted from another, and its companion. Returns its hash.
pub(super) fn save(base: &Decoder, (image, adapted): (PlasticImage, Adapted), path: &Path) -> Result<String, Failure> {
    let Some(decoder) = base.adapted(image, adapted) else {
        return Err(Failure::input("the network has no plastic readouts").advise("train one with `train --plastic`"));
    };
    let saved = decoder.save(path).map_err(|error| Failure::unwritable(&error.path, &error.cause));
    saved.map(|()| decoder.card().network_hash.clone())
}
