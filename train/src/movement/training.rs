//! Training a decoder of movement: every fold trained and tested beside the linear filters, the first fold's network made an image.

use std::ops::{ControlFlow, Range};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use model::Core;
use recording::{Recording, Stream, StreamFold, StreamOptions, StreamPart, StreamSplit, Tables};
use spec::core::{ECP5_85F, MAX_READOUTS, NamedCore};
use spec::digest::sha256_hex;
use spec::image::NetworkImage;

use super::affine::AffineFit;
use super::fit::run_free;
use super::{
    AffineReadout, Filter, FilterReport, FurtherStretches, Kalman, KalmanOptions, ModelRun, MovementCard,
    MovementDecoder, MovementEpoch, MovementFitOptions, MovementReport, MovementScore, Recurrent, Run, Task,
    TrainedMovement, WARM_UP_MS, Wiener, WienerOptions, fit_movement, runs,
};
use crate::TrainError;
use crate::baseline::recurrent::Cell;
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
    /// Synapses to prune to; by default half of them.
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
    /// Recurrent float networks to train and test beside it.
    pub baselines: Vec<Cell>,
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
    /// Of each fold the network, the Wiener filter, the Kalman filter, and the recurrent networks that were asked for.
    pub folds: Vec<Vec<MovementScore>>,
}

/// Trains on every fold of `split` and tests on its test ticks with the integer model, from a restart. `recordings`, opened with
/// `tables`, are those of the stream.
///
/// # Errors
/// A topology that cannot run free, a movement that does not move, a network that does not fit the core, options out of range, or
/// [`TrainError::Stopped`] when `progress` breaks.
pub fn train_movement_decoder(
    recordings: &[&Recording],
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
    let plan = MovementPlan::new(stream, split, options)?;
    let results = train_folds(stream, split, &plan, options, progress)?;
    let folds: Vec<Vec<MovementScore>> = results.iter().map(|result| result.scores.clone()).collect();
    let (Some(first), Some((recording, further))) = (results.into_iter().next(), recordings.split_first()) else {
        return Err(TrainError::EmptySide { fold: 0, side: "train on" }.into());
    };
    let held_out_s = |part: &StreamPart| held_out_s(stream, part, &split.folds[0].test);
    let further_recordings = further
        .iter()
        .zip(&stream.parts[1..])
        .map(|(recording, part)| FurtherStretches { recording: recording.identity(), held_out_s: held_out_s(part) });
    let card = MovementCard {
        card_version: MovementCard::VERSION,
        program: concat!("motorsrnn ", env!("CARGO_PKG_VERSION")).to_owned(),
        network_hash: sha256_hex(&first.network.bytes),
        core: plan.core.name.to_owned(),
        task: Task {
            kind: Task::KIND.to_owned(),
            target: stream.target.clone(),
            axes: stream.axes.clone(),
            unit: stream.unit.clone(),
            readout: first.network.readout.clone(),
            warm_up_ms: WARM_UP_MS,
        },
        stream: StreamOptions { axes: Some(stream.axes.clone()), ..stream_options.clone() },
        recording: recording.identity(),
        tables: tables.clone(),
        units: TrainedUnit::all_of(recording, &stream.parts[0].units),
        report: report(stream, split, options, &folds, &first),
        split: options.split.clone(),
        held_out_s: held_out_s(&stream.parts[0]),
        further_recordings: further_recordings.collect(),
        training: plan.fit.clone(),
        weight_bits: options.weight_bits,
        topology: plan.topology.clone(),
        seed: options.seed,
    };
    let MovementFold { bytes, image, .. } = first.network;
    let decoder = MovementDecoder { bytes, image, core: plan.core, card };
    Ok(TrainedMovementDecoder { decoder, folds })
}

/// Start and stop, in seconds, of the test ranges that lie in a part.
fn held_out_s(stream: &Stream, part: &StreamPart, test: &[Range<usize>]) -> Vec<[f64; 2]> {
    let within = test.iter().filter(|range| part.ticks.contains(&range.start) && !range.is_empty());
    within.map(|range| [stream.time_s(range.start), stream.end_s(range.end - 1)]).collect()
}

/// What is the same in all folds.
#[derive(Clone, Debug)]
pub struct MovementPlan {
    topology: Topology,
    /// How networks are trained.
    pub fit: MovementFitOptions,
    core: NamedCore,
    weight_bits: u32,
    seed: u64,
}

impl MovementPlan {
    /// A training by the number of training ticks, where nothing else is given, and a core that holds the network.
    ///
    /// # Errors
    /// Options out of range, a network that no core or not the one given holds.
    pub fn new(stream: &Stream, split: &StreamSplit, options: &MovementOptions) -> Result<Self, DecoderError> {
        /// Share of the synapses that are kept.
        const KEPT: f64 = 0.5;
        if stream.axes.len() > usize::from(MAX_READOUTS) {
            return Err(TrainError::TooManyAxes { n_axes: stream.axes.len(), most: MAX_READOUTS }.into());
        }
        let n_ticks = split.folds.iter().map(|fold| stream.n_scored(&fold.train)).min().unwrap_or(0);
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
        let MovementOptions { weight_bits, seed, .. } = *options;
        let mut plan = Self { topology, fit, core: ECP5_85F, weight_bits, seed };
        let mut network = plan.new_network(stream, 0)?;
        let kept = (KEPT * network.n_synapses() as f64).round() as usize;
        plan.fit.pruning = Some(Pruning::to(options.n_synapses.unwrap_or(kept)));
        if options.n_synapses.is_some_and(|n_synapses| n_synapses > network.n_synapses()) {
            let asked = options.n_synapses.unwrap_or(0);
            return Err(TrainError::Pruning { asked, n_synapses: network.n_synapses() }.into());
        }
        network.keep_strongest(options.n_synapses.unwrap_or(kept));
        let sparse = network.quantize().lower();
        // What no core holds is refused with the sizes of the largest.
        plan.core = options.core.or_else(|| smallest_core(&sparse)).unwrap_or(ECP5_85F);
        compile(&sparse, &plan.core.configuration, None)?;
        Ok(plan)
    }

    fn new_network(&self, stream: &Stream, fold: usize) -> Result<Network, TrainError> {
        let (tick_ms, seed) = (f64::from(stream.tick_ms), fold_seed(self.seed, fold));
        Network::new(&self.topology, stream.n_channels, stream.axes.len(), tick_ms, self.weight_bits, seed)
    }

    /// Trains the network of a fold, `number` of the split, and tests it with the integer model, from a restart.
    ///
    /// # Errors
    /// As [`fit_movement`].
    pub fn train(
        &self,
        stream: &Stream,
        fold: &StreamFold,
        number: usize,
        on_epoch: &mut dyn FnMut(&MovementEpoch) -> ControlFlow<()>,
    ) -> Result<MovementFold, DecoderError> {
        let network = self.new_network(stream, number)?;
        let seed = fold_seed(self.seed, number);
        let trained = fit_movement(network, stream, fold, &self.fit, seed, on_epoch)?;
        let readout = fit_readout(&trained.quantized, stream, &fold.train);
        let activity = row_activity(&trained.quantized, stream, &runs(stream, &fold.validation));
        let (image, _) = compile(&trained.quantized.lower(), &self.core.configuration, Some(&activity))?;
        let bytes = image.encode().map_err(CompileError::from)?;
        let core = Core::from_image(&bytes).map_err(CompileError::from)?;
        let model = ModelRun::of(core, &readout, stream, &runs(stream, &fold.test))?;
        Ok(MovementFold { trained, readout, image, bytes, model })
    }

    /// Trains a GRU or LSTM on a fold, with as many parameters as the network has synapses.
    ///
    /// # Errors
    /// As [`Recurrent::fit`].
    pub fn train_recurrent(
        &self,
        cell: Cell,
        stream: &Stream,
        fold: &StreamFold,
        number: usize,
        on_epoch: &mut dyn FnMut(&MovementEpoch) -> ControlFlow<()>,
    ) -> Result<Recurrent, TrainError> {
        let n_synapses = self.fit.pruning.map_or(0, |pruning| pruning.n_synapses);
        let n_hidden = cell.hidden_size_for_parameters(n_synapses, stream.n_channels, stream.axes.len());
        Recurrent::fit((cell, n_hidden), stream, fold, &self.fit, fold_seed(self.seed, number), on_epoch)
    }
}

/// The network of a fold, trained and tested.
#[derive(Clone, Debug)]
pub struct MovementFold {
    /// The network.
    pub trained: TrainedMovement,
    /// How its scores become values.
    pub readout: AffineReadout,
    /// The image, laid out for the core of the plan.
    pub image: NetworkImage,
    bytes: Vec<u8>,
    /// The reference model with this image on the test ticks.
    pub model: ModelRun,
}

/// Trains and tests every fold, several at a time. A fold whose training breaks off stops the others.
fn train_folds(
    stream: &Stream,
    split: &StreamSplit,
    plan: &MovementPlan,
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
            progress(MovementProgress {
                fold,
                folds,
                epochs: plan.fit.epochs * (1 + options.baselines.len()),
                epoch: *epoch,
            })
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
    network: MovementFold,
    wiener: Wiener,
    kalman: Kalman,
    recurrent: Vec<Recurrent>,
    /// In the order of the fields.
    scores: Vec<MovementScore>,
}

impl FoldResult {
    fn train(
        stream: &Stream,
        fold: &StreamFold,
        number: usize,
        plan: &MovementPlan,
        options: &MovementOptions,
        on_epoch: &mut dyn FnMut(&MovementEpoch) -> ControlFlow<()>,
    ) -> Result<Self, DecoderError> {
        let (validation, test) = (runs(stream, &fold.validation), runs(stream, &fold.test));
        let wiener = Wiener::fit(stream, &fold.train, &validation, &WienerOptions::default())?;
        let kalman = Kalman::fit(stream, &fold.train, &validation, &KalmanOptions::default())?;
        let network = plan.train(stream, fold, number, on_epoch)?;
        let recurrent = (options.baselines.iter())
            .map(|&cell| plan.train_recurrent(cell, stream, fold, number, on_epoch))
            .collect::<Result<Vec<_>, _>>()?;
        let mut scores = vec![network.model.score.clone(), wiener.score(stream, &test), kalman.score(stream, &test)];
        scores.extend(recurrent.iter().map(|filter| filter.score(stream, &test)));
        Ok(Self { network, wiener, kalman, recurrent, scores })
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

fn report(
    stream: &Stream,
    split: &StreamSplit,
    options: &MovementOptions,
    folds: &[Vec<MovementScore>],
    first: &FoldResult,
) -> MovementReport {
    let of_method = |method: usize| folds.iter().map(|scores| &scores[method]).collect::<Vec<_>>();
    let filter = |method: usize| {
        let MovementScore { r2, r2_by_axis, .. } = mean(&of_method(method));
        FilterReport { r2, r2_by_axis, ..FilterReport::default() }
    };
    let recurrent = |cell: Cell| {
        let place = options.baselines.iter().position(|other| *other == cell)?;
        let (_, hidden_units) = first.recurrent[place].units();
        Some(FilterReport { hidden_units: Some(hidden_units), ..filter(3 + place) })
    };
    let model = &first.network.model;
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
        gru: recurrent(Cell::Gru),
        lstm: recurrent(Cell::Lstm),
        n_ticks: stream.n_ticks(),
        n_ticks_trained: [&split.folds[0].train, &split.folds[0].validation].map(|ranges| stream.n_scored(ranges)),
        n_pieces: stream.pieces().len(),
        is_in_trials: stream.is_in_trials(),
        n_ticks_filled: stream.n_filled,
        events_per_tick: stream.n_events() as f64 / stream.n_ticks().max(1) as f64,
        events_lost_share: stream.lost_share(),
        n_neurons: first.network.image.neurons.len(),
        n_synapses: first.network.image.n_synapses(),
        synaptic_operations_per_tick: model.operations,
        spikes_per_tick: model.spikes_per_tick,
        saturated_neurons: model.saturated_neurons,
        dead_neurons: model.dead_neurons,
        scores_hash: model.scores_hash.clone(),
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
