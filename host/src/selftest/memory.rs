//! Every memory of the core, filled to its last word with patterns, read back word by word and by the board's own checksums,
//! and used: ticks on every pattern give what the model gives.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::json;
use spec::checksum::crc32;
use spec::image::{NetworkImage, SectionKind};
use spec::wire::{Answer, Command, READ_MAX_WORDS, ROOM_FRAMES};

use super::pattern::patterns;
use super::report::{Figures, Finding};
use super::{Bench, Broken, divergence, expected};
use crate::link::{Answered, Link};
use crate::session::{load, run_ticks};

/// Ticks that are run on every pattern, once more after a restart.
const N_TICKS: usize = 12;
/// Share of the channels that have an event in a tick.
const EVENT_SHARE: f64 = 0.05;

/// Fills, reads and runs.
pub(super) fn check<P: Read + Write>(bench: &mut Bench<P>) -> Result<Finding, Broken> {
    let patterns = patterns(&bench.board.core, bench.expected.seed);
    let n_words: usize =
        patterns.iter().map(|(_, image)| memories(image).map(|memory| memory.words.len()).sum::<usize>()).sum();
    let bar = bench.bar.clone();
    bar.set_length(n_words as u64);
    let seed = bench.expected.seed;
    let (mut n_image_bytes, mut loading, mut reading) = (0, Duration::ZERO, Duration::ZERO);
    for (name, image) in &patterns {
        bar.set_message(format!("pattern {name}"));
        let bytes = image.encode()?;
        n_image_bytes += bytes.len();
        let defect = bench.talk(|link| {
            let begin = Instant::now();
            load(link, &bytes)?;
            loading += begin.elapsed();
            // Reads and checksums take longer than their frames take to come: more in flight would find no room.
            link.set_window(ROOM_FRAMES);
            let begin = Instant::now();
            for memory in memories(image) {
                if let Some(defect) = memory.defect(link)? {
                    return Ok(Some(defect));
                }
                bar.inc(memory.words.len() as u64);
            }
            reading += begin.elapsed();
            run(link, &bytes, image.n_channels, seed)
        })?;
        if let Some(defect) = defect {
            return Ok(Finding::failed(format!("pattern {name}: {defect}")));
        }
    }
    let mut figures = Figures::new();
    for (name, value) in [
        ("patterns", json!(patterns.each_ref().map(|(name, _)| *name))),
        ("words_checked", json!(n_words)),
        ("bytes_per_s_to_board", json!(n_image_bytes as f64 / loading.as_secs_f64())),
        ("bytes_per_s_from_board", json!(2.0 * n_words as f64 / reading.as_secs_f64())),
        ("ticks_run", json!(2 * N_TICKS * patterns.len())),
    ] {
        figures.insert(name.to_owned(), value);
    }
    Ok(Finding::passed(figures))
}

/// What a memory of a lane must hold.
struct Memory {
    section: SectionKind,
    lane: u8,
    words: Vec<u16>,
}

fn memories(image: &NetworkImage) -> impl Iterator<Item = Memory> {
    let lanes = 0..image.lanes.len() as u8;
    lanes.flat_map(move |lane| {
        SectionKind::ALL.map(|section| Memory { section, lane, words: image.section_words(section, lane) })
    })
}

impl Memory {
    /// The first word that is not what was written, or a checksum that is not that of the words.
    fn defect<P: Read + Write>(&self, link: &mut Link<P>) -> Result<Option<String>, Broken> {
        let Self { section, lane, words } = self;
        let (section, lane) = (*section, *lane);
        let mut found = Vec::with_capacity(words.len());
        let reads = words.chunks(READ_MAX_WORDS).enumerate().map(|(index, chunk)| Command::Read {
            section,
            lane,
            address: (index * READ_MAX_WORDS) as u16,
            n_words: chunk.len() as u8,
        });
        link.run(reads, |Answered { answer, .. }| {
            if let Answer::Read(words) = answer {
                found.extend(words);
            }
        })?;
        let name = format!("{} of lane {lane}", format!("{section:?}").to_lowercase());
        if found.len() != words.len() {
            return Ok(Some(format!("{name}: {} words were read of {}", found.len(), words.len())));
        }
        let is_wrong = |(_, (found, expected)): &(usize, (&u16, &u16))| found != expected;
        let mut wrong = found.iter().zip(words).enumerate().filter(is_wrong);
        if let Some((address, (found, expected))) = wrong.next() {
            let n_wrong = 1 + wrong.count();
            return Ok(Some(format!(
                "{name}, word {address} ({address:#06x}): {expected:#06x} was written and {found:#06x} is there; \
                 {n_wrong} of {} words are wrong",
                words.len()
            )));
        }
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        let expected = Answer::Verify { n_words: words.len() as u32, crc32: crc32(&bytes) };
        let answer = link.call(Command::Verify { section, lane })?.answer;
        Ok((answer != expected).then(|| {
            format!(
                "{name}: every word reads as it was written, but the board says {answer:x?} of them, not {expected:x?}"
            )
        }))
    }
}

/// Runs ticks, restarts, and runs them again: what a restart leaves in the state of a neuron shows in the second run.
fn run<P: Read + Write>(
    link: &mut Link<P>,
    image: &[u8],
    n_channels: u16,
    seed: u64,
) -> Result<Option<String>, Broken> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let ticks: Vec<Vec<u16>> =
        (0..N_TICKS).map(|_| (0..n_channels).filter(|_| random.random_bool(EVENT_SHARE)).collect()).collect();
    let (expected, _) = expected(&mut model::Core::from_image(image)?, &ticks)?;
    for what in ["after loading", "after a restart"] {
        let found: Vec<_> = run_ticks(link, &ticks)?.into_iter().map(|tick| tick.answer).collect();
        if let Some(difference) = divergence(&found, &expected) {
            return Ok(Some(format!("run {what}, {difference}, although every memory reads as it was written")));
        }
    }
    Ok(None)
}
