//! Options of adaptation, for every verb that adapts.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};
use spec::image::{HEADER_BYTES, PlasticImage};
use train::decoder::TrainingOverlap;

use crate::failure::Failure;
use crate::verb::files::{self, Written};

/// Whether and how readouts are taught.
#[derive(Clone, Debug, Default, Args)]
pub struct AdaptArgs {
    /// Teach the plastic readouts of the network after each window, see `train --plastic`
    #[arg(long, value_enum, default_value_t = Adapt::Off)]
    pub adapt: Adapt,
    /// Network image to write with what was learned, at the end and after every tenth window that taught; its companion beside it
    #[arg(long, value_name = "IMAGE", requires = "adapt")]
    pub save: Option<PathBuf>,
    /// Log of what was taught, JSON Lines, from which `adapt --replay` makes the same image
    #[arg(long, value_name = "FILE", requires = "adapt")]
    pub log: Option<PathBuf>,
}

/// What readouts are taught by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Adapt {
    /// Nothing: they stay as they are
    #[default]
    Off,
    /// The class of the trial
    Labels,
    /// Their own decision, where it is sure; labels only choose between them and the trained network
    Own,
}

impl AdaptArgs {
    /// What is odd about adapting to a recording of which training has seen this.
    pub(in crate::verb) fn doubt(&self, recording: &str, overlap: TrainingOverlap) -> Option<String> {
        let is_doubtful = self.adapt != Adapt::Off && overlap != TrainingOverlap::Nothing;
        is_doubtful.then(|| {
            format!(
                "{recording}: the readouts begin with what training has seen of this recording, so their accuracy here says little \
                 about another day"
            )
        })
    }

    /// The files that it writes.
    pub(in crate::verb) fn outputs(&self) -> Vec<Written> {
        let saved = self.save.iter().flat_map(|image| files::of_image(image)).map(|path| (path, "--save"));
        saved.chain(self.log.clone().map(|path| (path, "--log"))).collect()
    }

    /// Refuses a network that cannot adapt, and a log that exists.
    pub(in crate::verb) fn check(&self, network: &Path) -> Result<(), Failure> {
        if self.adapt == Adapt::Off {
            return match self.save.as_ref().or(self.log.as_ref()) {
                None => Ok(()),
                Some(path) => {
                    Err(Failure::input(format_args!("nothing is taught, so {} would be empty", path.display()))
                        .advise("give `--adapt labels` or `--adapt own`, or leave out `--save` and `--log`"))
                }
            };
        }
        // What is wrong with the file is reported when it is loaded.
        if let Ok(header) = header(network)
            && !PlasticImage::is_one(&header)
        {
            let cause = format_args!("{}: it has no plastic readouts, so nothing can adapt", network.display());
            return Err(Failure::input(cause).advise("train one with `train --plastic`, or leave out `--adapt`"));
        }
        match &self.log {
            Some(log) if log.exists() => {
                Err(Failure::input(format_args!("cannot write the log {}: it exists", log.display()))
                    .advise("give another name to `--log`: each session has its own"))
            }
            _ => Ok(()),
        }
    }
}

/// The first bytes of a file.
fn header(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut header = Vec::new();
    File::open(path)?.take(HEADER_BYTES as u64).read_to_end(&mut header)?;
    Ok(header)
}
