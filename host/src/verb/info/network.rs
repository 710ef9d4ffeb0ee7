//! The contents of a network image.

use std::fmt::Write;
use std::path::Path;

use import::ImportCard;
use recording::DEFAULT_ALIGN_COLUMN;
use serde::Serialize;
use spec::core::{CORES, CoreRequirement};
use spec::digest::sha256_hex;
use spec::image::PlasticImage;
use train::DecoderCard;
use train::adapt::PlasticCard;
use train::decoder::Report;
use train::movement::{MovementCard, MovementDecoder, is_movement_decoder};

use crate::failure::Failure;
use crate::verb::adapt::decoder_name;
use crate::verb::import::{auxiliary_text, output_text, tick_length_text};
use crate::verb::{arrangement, of_image, over_folds, percent, read_image};

/// What a network image holds.
#[derive(Serialize)]
pub(super) struct NetworkInfo {
    network_hash: String,
    n_bytes: usize,
    lanes: u8,
    n_channels: u16,
    n_neurons: usize,
    n_synapses: usize,
    n_readouts: usize,
    fullest_lane_synapses: u32,
    fits: Vec<&'static str>,
    companion: Option<Companion>,
    import: Option<ImportCard>,
}

/// A companion of either kind.
#[derive(Serialize)]
#[serde(untagged)]
enum Companion {
    Classes(Box<DecoderCard>),
    Movement(Box<MovementCard>),
}

impl NetworkInfo {
    /// Reads an image, and the companion beside it if there is one.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let (bytes, trained) = read_image(path)?;
        // What a board holds when it adapts.
        let image = PlasticImage::decode(&bytes).map_or(trained, |image| image.network().clone());
        let network_hash = sha256_hex(&bytes);
        let import = ImportCard::read(path, &network_hash).map_err(Failure::input)?;
        let companion = if is_movement_decoder(path) {
            let decoder = MovementDecoder::load(path).map_err(Failure::input)?;
            Some(Companion::Movement(Box::new(decoder.card().clone())))
        } else if import.is_none() && DecoderCard::path_beside(path).exists() {
            let card = DecoderCard::read(path, &network_hash).map_err(Failure::input)?;
            Some(Companion::Classes(Box::new(card)))
        } else {
            None
        };
        let need: CoreRequirement = image.requirement();
        Ok(Self {
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
            import,
        })
    }

    pub(super) fn text(&self) -> String {
        let Self { network_hash, n_bytes, lanes, n_channels, n_neurons, n_synapses, n_readouts, .. } = self;
        let mut text = format!("network      {network_hash} ({n_bytes} bytes)\n");
        let _ = writeln!(
            text,
            "size         {n_channels} channels, {n_neurons} neurons, {n_synapses} synapses, {n_readouts} readouts"
        );
        let _ = writeln!(
            text,
            "lanes        {lanes}, the fullest with {} synapses; fits core {}",
            self.fullest_lane_synapses,
            if self.fits.is_empty() { "none".to_owned() } else { self.fits.join(", ") }
        );
        if let Some(card) = &self.import {
            let _ =
                writeln!(text, "imported     {} by {}, ticks of {}", card.source, card.program, tick_length_text(card));
            text += &auxiliary_text(card);
            let _ = writeln!(text, "output       {}", output_text(card));
        }
        if let Some(Companion::Movement(card)) = &self.companion {
            text += &of_movement(card);
        }
        if let Some(Companion::Classes(card)) = &self.companion {
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
            text += &card.plastic.as_ref().map(of_plastic).unwrap_or_default();
        }
        text
    }
}

/// What readouts were taught.
fn of_plastic(card: &PlasticCard) -> String {
    let taught = match &card.adapted {
        None => "not taught yet".to_owned(),
        Some(adapted) => format!(
            "taught by {} windows, {} windows had labels; the decision of {} counts",
            adapted.n_teaches,
            adapted.n_labels,
            decoder_name(adapted.trusted)
        ),
    };
    format!(
        "plastic      readouts, {}; {} before they were taught; {taught}\n",
        arrangement(card.neighbours),
        percent(card.first_accuracy)
    )
}

/// What a network that decodes movement was trained on, and its R².
fn of_movement(card: &MovementCard) -> String {
    let shown = |r2: Option<f64>| r2.map_or_else(|| "none".to_owned(), |r2| format!("{r2:.3}"));
    let (task, report) = (&card.task, &card.report);
    let names: Vec<&str> = card.recordings().map(|(recording, _)| recording.name.as_str()).collect();
    format!(
        "trained on   {} by {}, topology {}\n\
         movement     {}: {} in {}, ticks of {} ms, {} ms later\n\
         R2           {} on its test ticks; of the training {}, Wiener {}, Kalman {} ({})\n",
        names.join(", "),
        card.program,
        card.topology.name,
        task.target,
        task.axes.join(", "),
        task.unit,
        card.stream.tick_ms,
        card.stream.lag_ms,
        shown(report.image_r2),
        shown(report.score.r2),
        shown(report.wiener.r2),
        shown(report.kalman.r2),
        card.split
    )
}
