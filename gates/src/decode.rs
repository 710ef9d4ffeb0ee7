//! A recorded session decoded by gates and by the reference model: every score of every tick must be the same.

use std::path::{Path, PathBuf};
use std::time::Duration;

use host::evaluation::Evaluation;
use host::link::Patience;
use host::session::Session;
use model::ModelBoard;
use recording::{Dataset, Recording, Sample, Split, WindowOptions};
use spec::core::NamedCore;
use spec::wire::TickAnswer;
use train::fit::FitOptions;
use train::{DecoderOptions, Topology, train_decoder};

use crate::error::GateError;
use crate::pins::GateBoard;

/// Gates are slow and lose nothing: what is late is only sent again if the chip asks for it, as one that is busy does.
const PATIENCE: Patience = Patience { answer: Duration::from_secs(3600), attempts: 8, follows_latency: false };
/// Frames on their way: while one is executed, another comes.
const IN_FLIGHT: usize = 2;
/// A network that decides at all; the gates do not care how well.
const EPOCHS: usize = 2;

/// A network and the windows that it decodes.
#[derive(Clone, Debug)]
pub struct Task {
    /// Bytes of the network.
    pub image: Vec<u8>,
    core: NamedCore,
    dataset: Dataset,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Windows that were decoded.
    pub n_windows: usize,
    /// Ticks of all of them.
    pub n_ticks: usize,
    /// Cycles of the core's clock, loading included.
    pub n_cycles: u64,
    /// Of all scores, as `motorsrnn decode` prints it; the model's is the same.
    pub scores_hash: String,
}

impl Task {
    /// The shipped session, and a network of a shipped topology that is trained on it for a core: always the same.
    ///
    /// # Errors
    /// A session that cannot be read, or a core that is too small.
    pub fn shipped(core: NamedCore, topology: &str) -> Result<Self, GateError> {
        let path = shipped_session();
        let refuse = |error: &dyn std::fmt::Display| GateError::Decoder(format!("{}: {error}", path.display()));
        let recording = Recording::open(&path).map_err(|error| refuse(&error))?;
        let windows = WindowOptions { align_column: Some("go_cue_time".to_owned()), ..WindowOptions::default() };
        let dataset = Dataset::cut(&recording, &windows).map_err(|error| refuse(&error))?;
        let split = Split::by_column(&dataset, &recording.trials, "split").map_err(|error| refuse(&error))?;
        let fit = FitOptions::for_windows(dataset.samples.len(), dataset.n_ticks, dataset.tick_ms);
        let options = DecoderOptions {
            topology: Topology::load(topology).map_err(|error| refuse(&error))?,
            core,
            weight_bits: 8,
            seed: 1,
            split_column: Some("split".to_owned()),
            fit: FitOptions { epochs: EPOCHS, n_threads: 2, ..fit },
        };
        let progress = &mut |_: train::decoder::Progress<'_>| std::ops::ControlFlow::Continue(());
        let decoder = train_decoder(&(&recording).into(), &dataset, &split, &windows, &options, progress)
            .map_err(|error| refuse(&error))?;
        Ok(Self { image: decoder.bytes().to_vec(), core, dataset })
    }

    /// Decodes the first windows, all without a limit; each is told to `progress` as soon as it is the model's, with the
    /// number of all.
    ///
    /// # Errors
    /// Gates that do not answer, or the first tick that differs.
    pub fn run(
        &self,
        gates: GateBoard,
        limit: Option<usize>,
        mut progress: impl FnMut(usize, usize),
    ) -> Result<Outcome, GateError> {
        let samples: Vec<&Sample> =
            self.dataset.primary_samples().into_iter().map(|index| &self.dataset.samples[index]).collect();
        let samples = &samples[..limit.unwrap_or(samples.len()).min(samples.len())];
        let model = ModelBoard::new(self.core.configuration);
        let mut model = Session::open(model, Patience::default(), &self.image, IN_FLIGHT)?;
        let mut gates = Session::open(gates, PATIENCE, &self.image, IN_FLIGHT)?;
        let mut evaluation = Evaluation::new(self.dataset.n_ticks, self.dataset.classes.len());
        for (window, sample) in samples.iter().enumerate() {
            let (found, expected) = (gates.run_window(&sample.ticks)?, model.run_window(&sample.ticks)?);
            for (tick, (found, expected)) in found.iter().zip(&expected).enumerate() {
                // A tick that comes before the last has ended is late, which the model knows nothing of.
                let found = TickAnswer { tick_overrun: false, ..found.answer.clone() };
                let expected = &expected.answer;
                if found != *expected {
                    let (gates, model) = (format!("{found:?}"), format!("{expected:?}"));
                    return Err(GateError::Disagreement { window, tick, gates, model });
                }
            }
            evaluation.add_window(sample.class, found.iter().map(|tick| (&tick.answer, tick.latency)));
            progress(window + 1, samples.len());
        }
        let n_cycles = gates.link_mut().port_mut().n_cycles();
        let n_ticks = samples.len() * self.dataset.n_ticks;
        let scores_hash = evaluation.figures().scores_hash;
        Ok(Outcome { n_windows: samples.len(), n_ticks, n_cycles, scores_hash })
    }
}

/// The session that ships with the project.
fn shipped_session() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/centre_out.nwb")
}
