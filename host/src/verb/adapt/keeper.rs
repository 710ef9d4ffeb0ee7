//! Writes log and checkpoints by a thread of its own, so that no disk holds up a board.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};

use spec::image::PlasticImage;
use train::adapt::Adapted;
use train::{Decoder, DecoderCard};

use super::log::Line;
use super::options::AdaptArgs;
use crate::failure::Failure;

/// Something to be kept, in order: a line of the log is on its way to the disk before a later checkpoint is.
enum Kept {
    Line(Vec<u8>),
    Image(Box<(PlasticImage, Adapted)>),
}

/// Takes lines and images, and never waits for the disk.
pub(super) struct Keeper {
    /// None at the end.
    kept: Option<Sender<Kept>>,
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
        let files =
            Files { log: args.log.as_ref().map(make).transpose()?, image: args.save.clone(), base: Arc::clone(base) };
        let (kept, received) = channel();
        let thread = thread::spawn(move || files.keep(&received));
        Ok(Some(Self { kept: Some(kept), thread: Some(thread) }))
    }

    /// Adds a line to the log. After the disk has failed nothing is kept, which [`Keeper::end`] reports.
    pub(super) fn line(&self, line: &Line) {
        let mut text = serde_json::to_vec(line).unwrap_or_default();
        text.push(b'\n');
        self.keep(Kept::Line(text));
    }

    /// Writes the image and its companion.
    pub(super) fn image(&self, image: PlasticImage, adapted: Adapted) {
        self.keep(Kept::Image(Box::new((image, adapted))));
    }

    fn keep(&self, kept: Kept) {
        if let Some(sender) = &self.kept {
            let _ = sender.send(kept);
        }
    }

    /// Whether the disk has failed.
    pub(super) fn has_failed(&self) -> bool {
        self.thread.as_ref().is_some_and(JoinHandle::is_finished)
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
}

impl Files {
    fn keep(mut self, kept: &Receiver<Kept>) -> Result<Option<String>, Failure> {
        let mut hash = None;
        for kept in kept {
            match (kept, &mut self.log, &self.image) {
                (Kept::Line(line), Some((path, file)), _) => {
                    file.write_all(&line).map_err(|error| Failure::unwritable(path, &error))?;
                }
                (Kept::Image(adapted), log, Some(path)) => {
                    // What the image has learned is in the log, also after a loss of power.
                    if let Some((path, file)) = log {
                        file.sync_data().map_err(|error| Failure::unwritable(path, &error))?;
                    }
                    hash = Some(save(&self.base, *adapted, path)?);
                }
                _ => {}
            }
        }
        if let Some((path, file)) = &self.log {
            file.sync_data().map_err(|error: io::Error| Failure::unwritable(path, &error))?;
        }
        Ok(hash)
    }
}

/// Writes an image that was adapted from another, and its companion. Returns its hash.
pub(super) fn save(base: &Decoder, (image, adapted): (PlasticImage, Adapted), path: &Path) -> Result<String, Failure> {
    let Some(decoder) = base.adapted(image, adapted) else {
        return Err(Failure::input("the network has no plastic readouts").advise("train one with `train --plastic`"));
    };
    // Image and companion take the place of older ones at once, so that an interruption hardly ever leaves one of each.
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let saved = decoder.save(&part).map_err(|error| Failure::unwritable(&error.path, &error.cause));
    let companion = DecoderCard::path_beside(&part);
    let saved = saved.and_then(|()| {
        let replace = |from: &Path, to: &Path| fs::rename(from, to).map_err(|error| Failure::unwritable(to, &error));
        replace(&companion, &DecoderCard::path_beside(path)).and_then(|()| replace(&part, path))
    });
    if saved.is_err() {
        [&part, &companion].into_iter().for_each(|file| drop(fs::remove_file(file)));
    }
    saved.map(|()| decoder.card().network_hash.clone())
}
