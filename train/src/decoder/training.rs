//! Training a decoder: every fold trained and tested, the first fold's network made an image.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use model::Core;
use recording::{Dataset, Sample, Split, WindowOptions};
use serde::Serialize;
use spec::core::{CORES, ECP5_85F, NamedCore};
use spec::digest::{ScoresDigest, sha256_hex};
use spec::image::NetworkImage;

use super::{Decoder, DecoderCard, DecoderError, FirstReadouts, Origin, Report, Start, TooManyClasses};
use crate::TrainError;
use crate::baseline::BaselineMethod;
use crate::compile::{CompileError, compile, smallest_core};
use crate::data::{TrainingSample, sides};
use crate::fit::{EpochRecord, FitOptions, Trained, fit, fold_seed, in_parallel};
use crate::network::{Network, Topology};

/// What to train and for which core.
#[derive(Clone, Debug)]
pub struct DecoderOptions {
    /// Areas and projections.
    pub topology: Topology,
    /// The core that the image is laid out for; none for the smallest that holds the network.
    pub core: Option<NamedCore>,
    /// Bits of a weight, 4 to 8.
    pub weight_bits: u32,
    /// Seed of topology, first weights and training; each fold draws its own from it.
    pub seed: u64,
    /// The trials column that the split was made by, for the companion file.
    pub split_column: Option<String>,
    /// How to train.
    pub fit: FitOptions,
    /// The decoder to continue from ([`Decoder::start`]), whose topology and weight bits these must be; it is not calibrated. None to
    /// train from the start.
    pub start: Option<Start>,
    /// Plastic readouts to put beside the network, if any.
    pub plastic: Option<FirstReadouts>,
}

/// The progress of a training.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// The fold, from 0.
    pub fold: usize,
    /// Folds in all.
    pub folds: usize,
    /// Epochs of a fold.
    pub epochs: usize,
    /// The epoch that has just ended.
    pub epoch: &'a EpochRecord,
}

/// A decoder, and what was decided of every held-out trial of every fold.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainedDecoder {
    /// The decoder of the first fold.
    pub decoder: Decoder,
    /// The held-out trials, fold by fold.
    pub held_out: Vec<HeldOutTrial>,
}

/// The decisions on a held-out trial at the end of its window, by decoders that were trained on the other side of its fold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct HeldOutTrial {
    /// The trial, as [`Sample::trial`].
    pub trial: usize,
    /// The fold, from 0.
    pub fold: usize,
    /// Its class.
    pub class: usize,
    /// The class that the network decided for.
    pub network: usize,
    /// The class that shrinkage LDA decided for.
    pub lda: usize,
    /// The class that Poisson naive Bayes decided for.
    pub poisson_naive_bayes: usize,
}

/// Trains on every fold of `split`, several at a time if there are threads for it, and tests on its held-out trials with the integer model.
///
/// `origin` is the source of `dataset`, and `windows` how it was cut. Both go into the companion file, with which the
/// decoder later cuts other recordings in the same way and recognizes the trials that it was trained on. A data set made
/// with [`Dataset::from_samples`] needs a name and a hash that the caller chooses; lengths of tick and window are always
/// those of the data set, so the default `windows` will do.
///
/// # Errors
/// More classes than the core decides between, a network that does not fit the core (refused before the training starts),
/// options out of range, a fold that the classical decoders cannot be fitted to, or [`TrainError::Stopped`] when `progress`
/// breaks.
pub fn train_decoder(
    origin: &Origin,
    dataset: &Dataset,
    split: &Split,
    windows: &WindowOptions,
    options: &DecoderOptions,
    progress: &mut (dyn FnMut(Progress<'_>) -> ControlFlow<()> + Send),
) -> Result<TrainedDecoder, DecoderError> {
    let calibrated_rate = options.fit.calibrated_rate.filter(|_| options.start.is_none());
    let options = &DecoderOptions { fit: FitOptions { calibrated_rate, ..options.fit.clone() }, ..options.clone() };
    let core = options.checked_core(dataset, split)?;
    let results = train_folds(dataset, split, core, options, progress)?;
    let report = report(dataset, split, options.seed, &results);
    let held_out = results.iter().flat_map(|result| result.held_out.iter().copied()).collect();
    let Some(first) = results.into_iter().next() else {
        return Err(TrainError::EmptySide { fold: 0, side: "train on" }.into());
    };
    let label_column = Some(dataset.label_column.clone()).filter(|column| !column.is_empty());
    let windows = WindowOptions {
        label_column: label_column.or_else(|| windows.label_column.clone()),
        classes: Some(dataset.classes.clone()),
        tick_ms: dataset.tick_ms,
        window_ms: u32::try_from(dataset.n_ticks).unwrap_or(u32::MAX).saturating_mul(dataset.tick_ms),
        ..windows.clone()
    };
    let held_out_trials = split.folds[0].test_trials.clone();
    let primary = dataset.samples.iter().filter(|sample| sample.window == 0);
    let others = primary.filter(|sample| held_out_trials.binary_search(&sample.trial).is_err());
    let other_trials = others.map(|sample| (sample.trial, sample.class)).collect();
    let mut card = DecoderCard {
        card_version: DecoderCard::VERSION,
        program: concat!("motorsrnn ", env!("CARGO_PKG_VERSION")).to_owned(),
        network_hash: sha256_hex(&first.bytes),
        core: core.name.to_owned(),
        classes: dataset.classes.clone(),
        windows,
        recording: origin.recording.clone(),
        further_recordings: origin.further.clone(),
        tables: origin.tables.clone(),
        units: origin.units.clone(),
        report,
        split_column: options.split_column.clone(),
        held_out_trials,
        other_trials,
        training: options.fit.clone(),
        weight_bits: options.weight_bits,
        topology: options.topology.clone(),
        neuron_order: first.order,
        started_from: None,
        plastic: None,
    };
    if let Some(start) = &options.start {
        let with_windows = dataset.samples.iter().map(|sample| sample.trial + 1).max();
        start.carry_on(&mut card, origin.n_trials.max(with_windows.unwrap_or(0)));
    }
    let mut decoder = Decoder { bytes: first.bytes, image: first.image, core, card, plastic: None };
    if let Some(readouts) = &options.plastic {
        let test: Vec<&Sample> =
            split.test_samples(0, dataset).into_iter().map(|index| &dataset.samples[index]).collect();
        decoder = readouts.add_to(decoder, &test)?;
    }
    Ok(TrainedDecoder { decoder, held_out })
}

/// Trains and tests every fold. A fold whose training breaks off stops the others.
fn train_folds(
    dataset: &Dataset,
    split: &Split,
    core: NamedCore,
    options: &DecoderOptions,
    progress: &mut (dyn FnMut(Progress<'_>) -> ControlFlow<()> + Send),
) -> Result<Vec<FoldResult>, DecoderError> {
    let folds = split.folds.len();
    let n_workers = options.fit.n_threads.clamp(1, folds.max(1));
    let mut options = options.clone();
    options.fit.n_threads = (options.fit.n_threads / n_workers).max(1);
    let is_stopped = AtomicBool::new(false);
    let progress = Mutex::new(progress);
    let mut results: Vec<Option<Result<FoldResult, DecoderError>>> = (0..folds).map(|_| None).collect();
    in_parallel(&mut vec![(); n_workers], results.iter_mut().enumerate(), |(), (fold, result)| {
        let mut on_epoch = |epoch: &EpochRecord| {
            if is_stopped.load(Ordering::Relaxed) {
                return ControlFlow::Break(());
            }
            let progress = &mut *progress.lock().unwrap_or_else(PoisonError::into_inner);
            progress(Progress { fold, folds, epochs: options.fit.epochs, epoch })
        };
        let of_fold = FoldResult::train(dataset, split, fold, core, &options, &mut on_epoch);
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

/// Whether a core decides between as many classes as the data set has.
///
/// # Errors
/// [`TooManyClasses`].
pub fn check_classes(dataset: &Dataset, core: &NamedCore) -> Result<(), TooManyClasses> {
    let (n_classes, most) = (dataset.classes.len(), usize::from(core.configuration.readouts));
    if n_classes > most {
        let (column, core) = (dataset.label_column.clone(), core.name.to_owned());
        return Err(TooManyClasses { column, n_classes, core, most });
    }
    Ok(())
}

impl DecoderOptions {
    /// The core for these options, which holds the networks of all folds before training.
    fn checked_core(&self, dataset: &Dataset, split: &Split) -> Result<NamedCore, DecoderError> {
        check_classes(dataset, &self.core.unwrap_or(ECP5_85F))?;
        let mut core = self.core;
        for fold in 0..split.folds.len() {
            let network = self.pruned(dataset, fold)?;
            let of_fold = self.core.or_else(|| smallest_core(&network.quantize().lower()));
            // What no core holds is refused with the sizes of the largest.
            let of_fold = of_fold.unwrap_or(ECP5_85F);
            image_of(&network, of_fold, &[])?;
            let is_larger = |core: NamedCore| position(of_fold) > position(core);
            core = core.filter(|&core| !is_larger(core)).or(Some(of_fold));
        }
        let core = core.unwrap_or(ECP5_85F);
        let Some(readouts) = &self.plastic else { return Ok(core) };
        let network = self.pruned(dataset, 0)?;
        readouts.core(core, self.core.is_some(), |core| Ok(image_of(&network, core, &[])?.0))
    }

    /// The network before the training, with as many synapses as after it.
    fn pruned(&self, dataset: &Dataset, fold: usize) -> Result<Network, DecoderError> {
        let mut network = self.network(dataset, fold)?;
        if let Some(pruning) = self.fit.pruning {
            network.keep_strongest(pruning.n_synapses);
        }
        Ok(network)
    }

    /// The network before the training of a fold.
    fn network(&self, dataset: &Dataset, fold: usize) -> Result<Network, DecoderError> {
        let tick_ms = f64::from(dataset.tick_ms);
        let seed = fold_seed(self.seed, fold);
        let (n_channels, n_classes) = (dataset.n_channels, dataset.classes.len());
        let network = Network::new(&self.topology, n_channels, n_classes, tick_ms, self.weight_bits, seed)?;
        let Some(start) = &self.start else { return Ok(network) };
        start.check(dataset, &self.topology, self.weight_bits)?;
        Ok(network.restored(&start.network()?, start.channels()))
    }
}

/// One fold, trained and tested.
struct FoldResult {
    image: NetworkImage,
    /// As [`DecoderCard::neuron_order`].
    order: Vec<usize>,
    bytes: Vec<u8>,
    accuracy: f64,
    lda: f64,
    poisson_naive_bayes: f64,
    spikes_per_window: f64,
    scores_hash: String,
    held_out: Vec<HeldOutTrial>,
}

impl FoldResult {
    fn train(
        dataset: &Dataset,
        split: &Split,
        fold: usize,
        core: NamedCore,
        options: &DecoderOptions,
        on_epoch: &mut dyn FnMut(&EpochRecord) -> ControlFlow<()>,
    ) -> Result<Self, DecoderError> {
        let (samples, test) = sides(dataset, split, fold)?;
        let lda = classical(BaselineMethod::Lda, dataset, &samples, &test, fold)?;
        let poisson_naive_bayes = classical(BaselineMethod::PoissonNaiveBayes, dataset, &samples, &test, fold)?;

        let network = options.network(dataset, fold)?;
        let Trained { network, stopped_early, .. } =
            fit(network, &samples, &options.fit, fold_seed(options.seed, fold), on_epoch)?;
        if stopped_early {
            return Err(TrainError::Stopped.into());
        }
        let (mut image, mut order) = image_of(&network, core, &samples)?;
        // Lanes that are loaded alike may leave no room beside them.
        if options.plastic.as_ref().is_some_and(|readouts| readouts.beside(&image, &core).is_err()) {
            (image, order) = image_of(&network, core, &[])?;
        }
        let bytes = image.encode().map_err(CompileError::from)?;
        let tested = Tested::by_model(&bytes, &test)?;
        let held_out: Vec<HeldOutTrial> = (test.iter().enumerate())
            .map(|(place, sample)| HeldOutTrial {
                trial: sample.trial,
                fold,
                class: sample.class,
                network: tested.decisions[place],
                lda: lda[place],
                poisson_naive_bayes: poisson_naive_bayes[place],
            })
            .collect();
        let right = |decided: fn(&HeldOutTrial) -> usize| {
            held_out.iter().filter(|trial| decided(trial) == trial.class).count() as f64 / held_out.len() as f64
        };
        Ok(Self {
            image,
            order,
            bytes,
            accuracy: right(|trial| trial.network),
            lda: right(|trial| trial.lda),
            poisson_naive_bayes: right(|trial| trial.poisson_naive_bayes),
            spikes_per_window: tested.spikes_per_window,
            scores_hash: tested.scores_hash,
            held_out,
        })
    }
}

/// The network laid out for the core, its lanes loaded alike on these windows, and where its neurons are if that is another order.
fn image_of(
    network: &Network,
    core: NamedCore,
    samples: &[TrainingSample<'_>],
) -> Result<(NetworkImage, Vec<usize>), CompileError> {
    let quantized = network.quantize();
    let activity = (!samples.is_empty()).then(|| quantized.activity(samples));
    let (image, placement) = compile(&quantized.lower(), &core.configuration, activity.as_deref())?;
    let order = if image.lanes.len() == 1 { Vec::new() } else { placement.id_of };
    Ok((image, order))
}

/// The place of a core among all, which are suggested in this order.
fn position(core: NamedCore) -> Option<usize> {
    CORES.iter().position(|other| *other == core)
}

/// Decisions of a classical decoder on the test side of a fold.
fn classical(
    method: BaselineMethod,
    dataset: &Dataset,
    samples: &[TrainingSample<'_>],
    test: &[&Sample],
    fold: usize,
) -> Result<Vec<usize>, DecoderError> {
    let sizes = (dataset.n_channels, dataset.classes.len());
    let mut no_epochs = |_: &EpochRecord| ControlFlow::Continue(());
    let baseline = match method.fit(samples, sizes, &FitOptions::default(), 0, &mut no_epochs) {
        Ok(baseline) => baseline,
        Err(TrainError::Baseline(cause)) => return Err(DecoderError::Baseline { fold, cause }),
        Err(error) => return Err(error.into()),
    };
    Ok(test.iter().map(|sample| baseline.decide(&sample.ticks)).collect())
}

/// Results of the reference model on held-out windows.
struct Tested {
    /// The class decided for in each window.
    decisions: Vec<usize>,
    spikes_per_window: f64,
    scores_hash: String,
}

impl Tested {
    fn by_model(image: &[u8], test: &[&Sample]) -> Result<Self, DecoderError> {
        let mut core = Core::from_image(image).map_err(CompileError::from)?;
        let mut digest = ScoresDigest::default();
        let (mut decisions, mut n_spikes) = (Vec::with_capacity(test.len()), 0_usize);
        for sample in test {
            core.restart();
            let mut decision = 0;
            for channels in &sample.ticks {
                let outcome = core.tick(channels)?;
                decision = usize::from(outcome.class);
                n_spikes += outcome.spikes.len();
                digest.add_tick(outcome.scores);
            }
            decisions.push(decision);
        }
        let n_windows = test.len() as f64;
        Ok(Self { decisions, spikes_per_window: n_spikes as f64 / n_windows, scores_hash: digest.hex() })
    }
}

fn report(dataset: &Dataset, split: &Split, seed: u64, folds: &[FoldResult]) -> Report {
    let n_folds = folds.len() as f64;
    let mean = |of: fn(&FoldResult) -> f64| folds.iter().map(of).sum::<f64>() / n_folds;
    let accuracy_mean = mean(|fold| fold.accuracy);
    let squares: f64 = folds.iter().map(|fold| (fold.accuracy - accuracy_mean).powi(2)).sum();
    let accuracy_sd = if folds.len() > 1 { (squares / (n_folds - 1.0)).sqrt() } else { 0.0 };
    let largest_class = (0..dataset.classes.len())
        .map(|class| dataset.samples.iter().filter(|sample| sample.window == 0 && sample.class == class).count())
        .max();
    let first = folds.first();
    Report {
        accuracy_mean,
        accuracy_sd,
        accuracy_by_fold: folds.iter().map(|fold| fold.accuracy).collect(),
        lda: mean(|fold| fold.lda),
        poisson_naive_bayes: mean(|fold| fold.poisson_naive_bayes),
        chance: largest_class.unwrap_or(0) as f64 / dataset.n_trials.max(1) as f64,
        folds: split.folds.len(),
        n_trials: dataset.n_trials,
        left_out: dataset.left_out,
        n_windows: dataset.samples.len(),
        n_neurons: first.map_or(0, |fold| fold.image.neurons.len()),
        n_synapses: first.map_or(0, |fold| fold.image.n_synapses()),
        spikes_per_window: mean(|fold| fold.spikes_per_window),
        image_accuracy: first.map_or(0.0, |fold| fold.accuracy),
        scores_hash: first.map_or_else(String::new, |fold| fold.scores_hash.clone()),
        seed,
    }
}
