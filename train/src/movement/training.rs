//! Training a decoder of movement: every fold trained and tested beside the linear filters, the first fold's network made an image.

use std::ops::{ControlFlow, Range};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use model::Core;
use recording::{Recording, Stream, StreamFold, StreamOptions, StreamSplit, Tables};
use spec::core::{ECP5_85F, NamedCore};
use spec::digest::sha256_hex;
use spec::image::NetworkImage;

use super::affine::AffineFit;
use super::fit::{is_little, run_free};
use super::{
    AffineReadout, Filter, FilterReport, Kalman, KalmanOptions, ModelRun, MovementCard, MovementDecoder, MovementEpoch,
    MovementFitOptions, MovementReport, MovementScore, Run, Task, TrainedMovement, WARM_UP_MS, Wiener, WienerOptions,
    fit_movement, runs,
};
use crate::TrainError;
use crate::compile::{CompileError, compile, smallest_core};
use crate::decoder::{DecoderError, TrainedUnit};
use crate::fit::{fold_seed, in_parallel};
use crate::network::{Network, Pruning, QuantizedNetwork, Topology};

/// What to train and for which core.
#[derive(Clone, Debug)]
pub struct MovementOptions {
    /// Areas and projections.
    pub topology: Topology,
    /// Neurons of a topology with one area; by default its own.
    pub n_neurons: Option<usize>,
    /// Synapses to prune to; by default by the number of training ticks.
    pub n_synapses: Option<usize>,
    /// Passes over the training ticks; by default by their number.
    pub epochs: Option<usize>,
    /// The core that the image is laid out for; none for the smallest that holds the network.
    pub core: Option<NamedCore>,
    /// Bits of a weight, 4 to 8.
    pub weight_bits: u32,
    /// Seed of topology, first weights and training; each fold draws its own from it.
    pub seed: u64,
    /// How the ticks were divided, in words, for the companion file.
    pub split: String,
    /// Threads; folds are trained side by side, and the result does not depend on it.
    pub n_threads: usize,
}

/// The progress of a training.
#[derive(Clone, Copy, Debug)]
pub struct MovementProgress {
    /// The fold, from 0.
    pub fold: usize,
    /// Folds in all.
    pub folds: usize,
    /// Epochs of a fold.
    pub epochs: usize,
    /// The epoch that has just ended.
    pub epoch: MovementEpoch,
}

/// A decoder, and the figures of every fold.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainedMovementDecoder {
    /// The decoder of the first fold.
    pub decoder: MovementDecoder,
    /// Of each fold the network, the Wiener filter and the Kalman filter.
    pub folds: Vec<[MovementScore; 3]>,
}

/// Trains on every fold of `split` and tests on its test ticks with the integer model, from a restart.
///
/// # Errors
/// A topology that cannot run free, a movement that does not move, a network that does not fit the core, options out of range, or
/// [`TrainError::Stopped`] when `progress` breaks.
pub fn train_movement_decoder(
    recording: &Recording,
    tables: &Tables,
    stream: &Stream,
    split: &StreamSplit,
    stream_options: &StreamOptions,
    options: &MovementOptions,
    progress: &mut (dyn FnMut(MovementProgress) -> ControlFlow<()> + Send),
) -> Result<TrainedMovementDecoder, DecoderError> {
    options.topology.check_free_running()?;
    if let Some(axis) = stream.constant_axis() {
        return Err(TrainError::Constant { axis: axis.to_owned() }.into());
    }
    let n_ticks = split.folds.iter().map(|fold| stream.n_scored(&fold.train)).min().unwrap_or(0);
    let plan = Plan::new(stream, n_ticks, options)?;
    let results = train_folds(stream, split, &plan, options, progress)?;
    let folds: Vec<[MovementScore; 3]> = results.iter().map(|result| result.scores.clone()).collect();
    let Some(first) = results.into_iter().next() else {
        return Err(TrainError::EmptySide { fold: 0, side: "train on" }.into());
    };
    let stretch = |range: &Range<usize>| [stream.time_s(range.start), stream.time_s(range.end)];
    let card = MovementCard {
        card_version: MovementCard::VERSION,
        program: concat!("motorsrnn ", env!("CARGO_PKG_VERSION")).to_owned(),
        network_hash: sha256_hex(&first.bytes),
        core: plan.core.name.to_owned(),
        task: Task {
            kind: Task::KIND.to_owned(),
            target: stream.target.clone(),
            axes: stream.axes.clone(),
            unit: stream.unit.clone(),
            readout: first.readout.clone(),
            warm_up_ms: WARM_UP_MS,
        },
        stream: StreamOptions { axes: Some(stream.axes.clone()), ..stream_options.clone() },
        recording: recording.identity(),
        tables: tables.clone(),
        units: TrainedUnit::all_of(recording, &stream.units),
        report: report(stream, split, &folds, &first),
        split: options.split.clone(),
        held_out_s: split.folds[0].test.iter().map(stretch).collect(),
        training: plan.fit.clone(),
        weight_bits: options.weight_bits,
        topology: plan.topology.clone(),
        seed: options.seed,
    };
    let decoder = MovementDecoder { bytes: first.bytes, image: first.image, core: plan.core, card };
    Ok(TrainedMovementDecoder { decoder, folds })
}

/// What is the same in all folds.
struct Plan {
    topology: Topology,
    fit: MovementFitOptions,
    core: NamedCore,
}

impl Plan {
    /// Sizes by the number of training ticks, where none are given, and a core that holds the network.
    fn new(stream: &Stream, n_ticks: usize, options: &MovementOptions) -> Result<Self, DecoderError> {
        /// Share of the synapses that are kept, and that for little training.
        const KEPT: [f64; 2] = [0.5, 0.375];
        let is_little = usize::from(is_little(n_ticks, stream.tick_ms));
        let topology = match options.n_neurons {
            None => options.topology.clone(),
            Some(n_neurons) => options.topology.clone().with_neurons(n_neurons).ok_or_else(|| {
                let expected = "left out, since the topology has several areas with sizes of their own";
                TrainError::Option { name: "hidden", value: n_neurons as f64, expected }
            })?,
        };
        let mut fit = MovementFitOptions::for_ticks(n_ticks, stream.tick_ms);
        fit.epochs = options.epochs.unwrap_or(fit.epochs);
        fit.check()?;
        let mut network = new_network(&topology, stream, options, 0)?;
        let kept = (KEPT[is_little] * network.n_synapses() as f64).round() as usize;
        fit.pruning = Some(Pruning::to(options.n_synapses.unwrap_or(kept)));
        if options.n_synapses.is_some_and(|n_synapses| n_synapses > network.n_synapses()) {
            let asked = options.n_synapses.unwrap_or(0);
            return Err(TrainError::Pruning { asked, n_synapses: network.n_synapses() }.into());
        }
        network.keep_strongest(options.n_synapses.unwrap_or(kept));
        let sparse = network.quantize().lower();
        // What no core holds is refused with the sizes of the largest.
        let core = options.core.or_else(|| smallest_core(&sparse)).unwrap_or(ECP5_85F);
        compile(&sparse, &core.configuration, None)?;
        Ok(Self { topology, fit, core })
    }
}

fn new_network(
    topology: &Topology,
    stream: &Stream,
    options: &MovementOptions,
    fold: usize,
) -> Result<Network, TrainError> {
    let (tick_ms, seed) = (f64::from(stream.tick_ms), fold_seed(options.seed, fold));
    Network::new(topology, stream.n_channels, stream.axes.len(), tick_ms, options.weight_bits, seed)
}

/// Trains and tests every fold, several at a time. A fold whose training breaks off stops the others.
fn train_folds(
    stream: &Stream,
    split: &StreamSplit,
    plan: &Plan,
    options: &MovementOptions,
    progress: &mut (dyn FnMut(MovementProgress) -> ControlFlow<()> + Send),
) -> Result<Vec<FoldResult>, DecoderError> {
    let folds = split.folds.len();
    let is_stopped = AtomicBool::new(false);
    let progress = Mutex::new(progress);
    let mut results: Vec<Option<Result<FoldResult, DecoderError>>> = (0..folds).map(|_| None).collect();
    let mut workers = vec![(); options.n_threads.clamp(1, folds.max(1))];
    in_parallel(&mut workers, results.iter_mut().enumerate(), |(), (fold, result)| {
        let mut on_epoch = |epoch: &MovementEpoch| {
            if is_stopped.load(Ordering::Relaxed) {
                return ControlFlow::Break(());
            }
            let progress = &mut *progress.lock().unwrap_or_else(PoisonError::into_inner);
            progress(MovementProgress { fold, folds, epochs: plan.fit.epochs, epoch: *epoch })
        };
        let of_fold = FoldResult::train(stream, &split.folds[fold], fold, plan, options, &mut on_epoch);
        is_stopped.fetch_or(of_fold.is_err(), Ordering::Relaxed);
        *result = Some(of_fold);
    });
    let mut finished = Vec::with_capacity(folds);
    let mut stopped = None;
    for result in results.into_iter().flatten() {
        match result {
            Ok(result) => finished.push(result),
            // Of a fold that only stopped with another, that one tells why.
            Err(error @ DecoderError::Train(TrainError::Stopped)) => stopped = Some(error),
            Err(error) => return Err(error),
        }
    }
    stopped.map_or(Ok(finished), Err)
}

/// One fold, trained and tested.
struct FoldResult {
    image: NetworkImage,
    bytes: Vec<u8>,
    readout: AffineReadout,
    /// Network, Wiener filter, Kalman filter.
    scores: [MovementScore; 3],
    wiener: Wiener,
    kalman: Kalman,
    model: ModelRun,
}

impl FoldResult {
    fn train(
        stream: &Stream,
        fold: &StreamFold,
        number: usize,
        plan: &Plan,
        options: &MovementOptions,
        on_epoch: &mut dyn FnMut(&MovementEpoch) -> ControlFlow<()>,
    ) -> Result<Self, DecoderError> {
        let (validation, test) = (runs(stream, &fold.validation), runs(stream, &fold.test));
        let wiener = Wiener::fit(stream, &fold.train, &validation, &WienerOptions::default())?;
        let kalman = Kalman::fit(stream, &fold.train, &validation, &KalmanOptions::default())?;
        let network = new_network(&plan.topology, stream, options, number)?;
        let seed = fold_seed(options.seed, number);
        let TrainedMovement { quantized, .. } = fit_movement(network, stream, fold, &plan.fit, seed, on_epoch)?;
        let readout = fit_readout(&quantized, stream, &fold.train);
        let activity = row_activity(&quantized, stream, &validation);
        let (image, _) = compile(&quantized.lower(), &plan.core.configuration, Some(&activity))?;
        let bytes = image.encode().map_err(CompileError::from)?;
        let core = Core::from_image(&bytes).map_err(CompileError::from)?;
        let model = ModelRun::of(core, &readout, stream, &test)?;
        Ok(Self {
            image,
            bytes,
            readout,
            scores: [model.score.clone(), wiener.score(stream, &test), kalman.score(stream, &test)],
            wiener,
            kalman,
            model,
        })
    }
}

/// The map from the scores of a network that runs free over the training ticks to their labels.
fn fit_readout(network: &QuantizedNetwork, stream: &Stream, train: &[Range<usize>]) -> AffineReadout {
    let mut fit = AffineFit::new(network.layout.n_readouts, stream.axes.len());
    for run in runs(stream, train) {
        run_free(network, stream, &run, |tick, state| {
            if tick >= run.first_scored && stream.is_scored(tick) {
                fit.add(state.scores(network), stream.label(tick));
            }
        });
    }
    fit.solve()
}

/// Mean events a tick of every row (channels, neurons, readouts) in runs, by which lanes are loaded alike.
fn row_activity(network: &QuantizedNetwork, stream: &Stream, runs: &[Run]) -> Vec<f64> {
    let layout = network.layout;
    let mut events = vec![0_u64; layout.n_channels + layout.n_post()];
    let mut n_ticks = 0_u64;
    for run in runs {
        run_free(network, stream, run, |tick, state| {
            n_ticks += 1;
            stream.tick(tick).iter().for_each(|&channel| events[usize::from(channel)] += 1);
            state.fired().iter().for_each(|&neuron| events[layout.n_channels + usize::from(neuron)] += 1);
        });
    }
    events.into_iter().map(|count| count as f64 / n_ticks.max(1) as f64).collect()
}

fn report(stream: &Stream, split: &StreamSplit, folds: &[[MovementScore; 3]], first: &FoldResult) -> MovementReport {
    let of_method = |method: usize| folds.iter().map(|scores| &scores[method]).collect::<Vec<_>>();
    let filter = |method: usize| {
        let MovementScore { r2, r2_by_axis, .. } = mean(&of_method(method));
        FilterReport { r2, r2_by_axis, history_ms: None, ridge: None, bin_ms: None }
    };
    let bin_ms = u32::try_from(first.kalman.bin_ticks).unwrap_or(u32::MAX).saturating_mul(stream.tick_ms);
    MovementReport {
        score: mean(&of_method(0)),
        r2_by_fold: folds.iter().map(|scores| scores[0].r2).collect(),
        image_r2: first.scores[0].r2,
        wiener: FilterReport {
            history_ms: Some(first.wiener.history_ms(stream.tick_ms)),
            ridge: Some(first.wiener.ridge),
            ..filter(1)
        },
        kalman: FilterReport { bin_ms: Some(bin_ms), ..filter(2) },
        n_ticks: stream.n_ticks(),
        n_ticks_trained: [&split.folds[0].train, &split.folds[0].validation].map(|ranges| stream.n_scored(ranges)),
        n_pieces: stream.pieces().len(),
        is_in_trials: stream.is_in_trials(),
        n_ticks_filled: stream.n_filled,
        events_per_tick: stream.n_events() as f64 / stream.n_ticks().max(1) as f64,
        events_lost_share: stream.lost_share(),
        n_neurons: first.image.neurons.len(),
        n_synapses: first.image.n_synapses(),
        synaptic_operations_per_tick: first.model.operations,
        spikes_per_tick: first.model.spikes_per_tick,
        saturated_neurons: first.model.saturated_neurons,
        dead_neurons: first.model.dead_neurons,
        scores_hash: first.model.scores_hash.clone(),
    }
}

/// Means over folds; of what one of them lacks there is none. Ticks add up.
fn mean(folds: &[&MovementScore]) -> MovementScore {
    let n = folds.len().max(1) as f64;
    let over = |of: &dyn Fn(&MovementScore) -> Option<f64>| {
        folds.iter().map(|fold| of(fold)).sum::<Option<f64>>().map(|sum| sum / n)
    };
    let n_axes = folds.first().map_or(0, |fold| fold.r2_by_axis.len());
    MovementScore {
        r2: over(&|fold| fold.r2),
        r2_by_axis: (0..n_axes).map(|axis| over(&|fold| fold.r2_by_axis[axis])).collect(),
        r2_variance_weighted: over(&|fold| fold.r2_variance_weighted),
        correlation_by_axis: (0..n_axes).map(|axis| over(&|fold| fold.correlation_by_axis[axis])).collect(),
        n_ticks_scored: folds.iter().map(|fold| fold.n_ticks_scored).sum(),
    }
}
