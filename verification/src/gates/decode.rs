//! Decoding a session in a gate-level simulation and in the reference model: every score of every tick must be equal.

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

use crate::gates::error::GateError;
use crate::gates::pins::GateBoard;

/// A gate-level simulation is slow and loses nothing: a frame is only sent again if the chip asks for it because it was busy.
const PATIENCE: Patience = Patience { answer: Duration::from_secs(3600), attempts: 8, follows_latency: false };
/// Frames in flight: one is received while another is executed.
const IN_FLIGHT: usize = 2;
/// Enough training for a network that decides; its accuracy does not matter here.
const EPOCHS: usize = 2;

/// A network and the windows to decode.
#[derive(Clone, Debug)]
pub struct Task {
    /// Bytes of the network.
    pub image: Vec<u8>,
    core: NamedCore,
    dataset: Dataset,
}

/// The result of a [`Task`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// Number of decoded windows.
    pub n_windows: usize,
    /// Number of ticks in all windows.
    pub n_ticks: usize,
    /// Cycles of the core's clock, including those for loading the network.
    pub n_cycles: u64,
    /// The hash of all scores that `motorsrnn decode` prints; equal to the model's.
    pub scores_hash: String,
}

impl Task {
    /// The shipped session, and a network of a shipped topology trained on it with a fixed seed.
    ///
    /// # Errors
    /// The session cannot be read, or the network does not fit the core.
    pub fn shipped(core: NamedCore, topology: &str) -> Result<Self, GateError> {
        let path = tools::workspace::root().join("examples/centre_out.nwb");
        let refuse = |error: &dyn std::fmt::Display| GateError::Decoder(format!("{}: {error}", path.display()));
        let recording = Recording::open(&path).map_err(|error| refuse(&error))?;
        let windows = WindowOptions { align_column: Some("go_cue_time".to_owned()), ..WindowOptions::default() };
        let dataset = Dataset::cut(&recording, &windows).map_err(|error| refuse(&error))?;
        let split = Split::by_column(&dataset, &recording.trials, "split").map_err(|error| refuse(&error))?;
        let fit = FitOptions::for_split(&dataset, &split);
        let options = DecoderOptions {
            topology: Topology::load(topology).map_err(|error| refuse(&error))?,
            core: Some(core),
            weight_bits: 8,
            seed: 1,
            split_column: Some("split".to_owned()),
            fit: FitOptions { epochs: EPOCHS, n_threads: 2, ..fit },
            start: None,
            plastic: None,
        };
        let progress = &mut |_: train::decoder::Progress<'_>| std::ops::ControlFlow::Continue(());
        let trained = train_decoder(&recording.identity().into(), &dataset, &split, &windows, &options, progress)
            .map_err(|error| refuse(&error))?;
        Ok(Self { image: trained.decoder.bytes().to_vec(), core, dataset })
    }

    /// Decodes the first `limit` windows, or all of them. `progress` is called after each window with its number, counted from
    /// 1, and the number of all windows.
    ///
    /// # Errors
    /// The simulation does not answer, or a tick differs from the model's: the first one.
    pub fn run(
        &self,
        gates: GateBoard,
        limit: Option<usize>,
        mut progress: impl FnMut(usize, usize),
    ) -> Result<Decoded, GateError> {
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
                // The model executes a tick at once and never reports an overrun.
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
        Ok(Decoded { n_windows: samples.len(), n_ticks, n_cycles, scores_hash })
    }
}
