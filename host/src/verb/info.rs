//! `motorsrnn info`: the contents of a recording or a network image.

use std::fmt::Write;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use recording::{Column, DEFAULT_ALIGN_COLUMN, Recording, default_label_column};
use serde::Serialize;
use spec::core::{CORES, CoreRequirement, MAX_READOUTS};
use spec::digest::sha256_hex;
use spec::image::IMAGE_MAGIC;
use train::DecoderCard;
use train::decoder::Report;

use super::{of_image, over_folds, percent, print_json, print_text, read_image};
use crate::failure::Failure;

/// Options of `info`.
#[derive(Debug, Args)]
pub struct InfoArgs {
    /// Recording or network image
    pub file: PathBuf,
    /// Print JSON Lines
    #[arg(long)]
    pub json: bool,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Info {
    Recording(RecordingInfo),
    Network(Box<NetworkInfo>),
}

#[derive(Serialize)]
struct RecordingInfo {
    name: String,
    sha256: String,
    n_units: usize,
    n_spikes: usize,
    n_trials: usize,
    columns: Vec<ColumnInfo>,
    default_align: &'static str,
    default_label_column: Option<&'static str>,
    duration_s: f64,
}

/// A free column of the trials.
#[derive(Serialize)]
struct ColumnInfo {
    name: String,
    holds: &'static str,
    n_labels: usize,
    /// None if there are too many to be classes.
    labels: Option<Vec<String>>,
}

/// Trials that a class needs: one to train with, one to test with.
const MIN_TRIALS_OF_CLASS: usize = 2;

#[derive(Serialize)]
struct NetworkInfo {
    network_hash: String,
    n_bytes: usize,
    lanes: u8,
    n_channels: u16,
    n_neurons: usize,
    n_synapses: usize,
    n_readouts: usize,
    fullest_lane_synapses: u32,
    fits: Vec<&'static str>,
    companion: Option<DecoderCard>,
}

/// Prints the contents of the file.
///
/// # Errors
/// The file is neither, or cannot be read.
pub fn run(args: &InfoArgs) -> Result<(), Failure> {
    let info = if is_image(&args.file).map_err(|error| Failure::unreadable("file", &args.file, &error))? {
        Info::Network(Box::new(network_info(&args.file)?))
    } else {
        Info::Recording(recording_info(&Recording::open(&args.file).map_err(Failure::input)?))
    };
    match (args.json, info) {
        (true, info) => print_json(&info),
        (false, Info::Recording(info)) => print_text(&info.text()),
        (false, Info::Network(info)) => print_text(&info.text()),
    }
}

fn is_image(path: &Path) -> std::io::Result<bool> {
    let mut start = Vec::new();
    File::open(path)?.take(IMAGE_MAGIC.len() as u64).read_to_end(&mut start)?;
    Ok(start == IMAGE_MAGIC)
}

fn recording_info(recording: &Recording) -> RecordingInfo {
    let last_spike_s = recording.units.iter().filter_map(|unit| unit.last()).copied().fold(0.0, f64::max);
    RecordingInfo {
        name: recording.name.clone(),
        sha256: recording.sha256.clone(),
        n_units: recording.units.len(),
        n_spikes: recording.units.iter().map(Vec::len).sum(),
        n_trials: recording.trials.len(),
        columns: recording.trials.columns.iter().map(|column| column_info(&column.name, &column.values)).collect(),
        default_align: DEFAULT_ALIGN_COLUMN,
        default_label_column: default_label_column(&recording.trials),
        duration_s: recording.trials.stop_s.iter().copied().fold(last_spike_s, f64::max),
    }
}

fn column_info(name: &str, values: &Column) -> ColumnInfo {
    let labels = values.labels();
    let most = usize::from(MAX_READOUTS).min(values.len() / MIN_TRIALS_OF_CLASS);
    let can_be_classes = labels.len() <= most;
    ColumnInfo {
        name: name.to_owned(),
        holds: match values {
            Column::Real(_) | Column::Integer(_) => "numbers",
            Column::Text(_) => "text",
            Column::Vector(_) => "vectors",
        },
        n_labels: labels.len(),
        labels: can_be_classes.then_some(labels),
    }
}

fn network_info(path: &Path) -> Result<NetworkInfo, Failure> {
    let (bytes, image) = read_image(path)?;
    let network_hash = sha256_hex(&bytes);
    let companion = if DecoderCard::path_beside(path).exists() {
        Some(DecoderCard::read(path, &network_hash).map_err(Failure::input)?)
    } else {
        None
    };
    let need: CoreRequirement = image.requirement();
    Ok(NetworkInfo {
        network_hash,
        n_bytes: bytes.len(),
        lanes: need.lanes,
        n_channels: image.n_channels,
        n_neurons: image.neurons.len(),
        n_synapses: image.n_synapses(),
        n_readouts: image.n_readouts(),
        fullest_lane_synapses: need.synapse_words_per_lane,
        fits: CORES
            .iter()
            .filter(|core| core.configuration.accommodates(&need).is_ok())
            .map(|core| core.name)
            .collect(),
        companion,
    })
}

impl RecordingInfo {
    fn text(&self) -> String {
        let Self { name, sha256, n_units, n_spikes, n_trials, columns, default_align, duration_s, .. } = self;
        let mut text = format!(
            "recording    {name}\nsha256       {sha256}\nunits        {n_units}, {n_spikes} spikes in {duration_s:.1} s\n\
             trials       {n_trials}\n\
             columns      {default_align}: times in seconds (default of --align)\n"
        );
        for column in columns {
            let ColumnInfo { name, holds, n_labels, labels } = column;
            let values = match labels {
                Some(labels) => labels.join(","),
                None => format!("{n_labels} different values, {holds}"),
            };
            let is_default = self.default_label_column == Some(name.as_str());
            let note = if is_default { " (default of --label-column)" } else { "" };
            let _ = writeln!(text, "             {name}: {values}{note}");
        }
        text
    }
}

impl NetworkInfo {
    fn text(&self) -> String {
        let Self { network_hash, n_bytes, lanes, n_channels, n_neurons, n_synapses, n_readouts, .. } = self;
        let mut text = format!("network      {network_hash} ({n_bytes} bytes)\n");
        let _ = writeln!(
            text,
            "size         {n_channels} channels, {n_neurons} neurons, {n_synapses} synapses, {n_readouts} classes"
        );
        let _ = writeln!(
            text,
            "lanes        {lanes}, the fullest with {} synapses; fits core {}",
            self.fullest_lane_synapses,
            if self.fits.is_empty() { "none".to_owned() } else { self.fits.join(", ") }
        );
        if let Some(card) = &self.companion {
            let windows = &card.windows;
            let _ = writeln!(
                text,
                "trained on   {} by {}, topology {}",
                card.recording.name, card.program, card.topology.name
            );
            let _ = writeln!(
                text,
                "windows      {} ms from {} + {} ms, ticks of {} ms, classes {}",
                windows.window_ms,
                windows.align_column.as_deref().unwrap_or(DEFAULT_ALIGN_COLUMN),
                windows.offset_ms,
                windows.tick_ms,
                card.classes.join(" ")
            );
            let Report { accuracy_mean, accuracy_sd, folds, lda, .. } = card.report;
            let _ = writeln!(text, "accuracy     {}", of_image(card));
            let _ = writeln!(
                text,
                "training     {}; shrinkage LDA {}",
                over_folds(accuracy_mean, accuracy_sd, folds),
                percent(lda)
            );
        }
        text
    }
}
