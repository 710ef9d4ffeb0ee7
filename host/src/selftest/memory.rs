//! Every memory of the core: filled to its last word with patterns, read back, verified by the board's own checksums, and used
//! in ticks that must give what the model gives.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::json;
use spec::image::{NetworkImage, SectionKind};
use spec::wire::{Answer, Command, READ_MAX_WORDS, ROOM_FRAMES};

use super::pattern::patterns;
use super::report::{Finding, figures};
use super::{BoardUnderTest, StepError, divergence, expected};
use crate::link::{Answered, Link};
use crate::session::{load, run_ticks, verify_answer};

/// Ticks run on every pattern, and again after a restart.
const N_TICKS: usize = 12;
/// Share of the channels with an event in a tick.
const EVENT_SHARE: f64 = 0.05;

/// Loads, reads and runs every pattern.
pub(super) fn check<P: Read + Write>(test: &mut BoardUnderTest<P>) -> Result<Finding, StepError> {
    let patterns = patterns(&test.board.core, test.expected.seed);
    let n_words: usize =
        patterns.iter().map(|(_, image)| memories(image).map(|memory| memory.words.len()).sum::<usize>()).sum();
    let meter = test.meter;
    meter.begin("memory", n_words);
    let seed = test.expected.seed;
    let (mut n_image_bytes, mut loading, mut reading) = (0, Duration::ZERO, Duration::ZERO);
    for (name, image) in &patterns {
        let bytes = image.encode()?;
        n_image_bytes += bytes.len();
        let defect = test.talk(|link| {
            let begin = Instant::now();
            load(link, &bytes)?;
            loading += begin.elapsed();
            // The board takes longer for a read or a checksum than for its frame: more frames would overflow its buffer.
            link.set_window(ROOM_FRAMES);
            let begin = Instant::now();
            for memory in memories(image) {
                if let Some(defect) = memory.defect(link)? {
                    return Ok(Some(defect));
                }
                meter.advance(memory.words.len());
            }
            reading += begin.elapsed();
            run(link, &bytes, image.n_channels, seed)
        })?;
        if let Some(defect) = defect {
            return Ok(Finding::failed(format!("pattern {name}: {defect}")));
        }
    }
    let figures = figures([
        ("patterns", json!(patterns.each_ref().map(|(name, _)| *name))),
        ("words_checked", json!(n_words)),
        ("bytes_per_s_to_board", json!(n_image_bytes as f64 / loading.as_secs_f64())),
        ("bytes_per_s_from_board", json!(2.0 * n_words as f64 / reading.as_secs_f64())),
        ("ticks_run", json!(2 * N_TICKS * patterns.len())),
    ]);
    Ok(Finding::passed(figures))
}

/// The words that a memory of a lane must hold.
struct Memory {
    section: SectionKind,
    lane: u8,
    words: Vec<u16>,
}

fn memories(image: &NetworkImage) -> impl Iterator<Item = Memory> {
    let lanes = (0..).take(image.lanes.len());
    lanes.flat_map(move |lane| {
        SectionKind::ALL.map(|section| Memory { section, lane, words: image.section_words(section, lane) })
    })
}

impl Memory {
    /// The first word that differs from what was written, or a checksum that differs from that of the words.
    #[expect(clippy::cast_possible_truncation, reason = "a memory has fewer than 65,536 words, and a chunk is a read")]
    fn defect<P: Read + Write>(&self, link: &mut Link<P>) -> Result<Option<String>, StepError> {
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
            return Ok(Some(format!("{name}: {} of {} words were read", found.len(), words.len())));
        }
        let is_wrong = |(_, (found, expected)): &(usize, (&u16, &u16))| found != expected;
        let mut wrong = found.iter().zip(words).enumerate().filter(is_wrong);
        if let Some((address, (found, expected))) = wrong.next() {
            let n_wrong = 1 + wrong.count();
            return Ok(Some(format!(
                "{name}, word {address} ({address:#06x}): {expected:#06x} was written and {found:#06x} was read; \
                 {n_wrong} of {} words are wrong",
                words.len()
            )));
        }
        let expected = verify_answer(words);
        let answer = link.call(Command::Verify { section, lane })?.answer;
        Ok((answer != expected).then(|| {
            format!(
                "{name}: every word reads as it was written, but the board's checksum is {answer:x?}, not {expected:x?}"
            )
        }))
    }
}

/// Runs the same ticks twice, each time after a restart: the second run shows state that a restart fails to clear.
fn run<P: Read + Write>(
    link: &mut Link<P>,
    image: &[u8],
    n_channels: u16,
    seed: u64,
) -> Result<Option<String>, StepError> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let ticks: Vec<Vec<u16>> =
        (0..N_TICKS).map(|_| (0..n_channels).filter(|_| random.random_bool(EVENT_SHARE)).collect()).collect();
    let (expected, _) = expected(&mut model::Core::from_image(image)?, &ticks)?;
    for when in ["after loading", "after a restart"] {
        let found: Vec<_> = run_ticks(link, &ticks)?.into_iter().map(|tick| tick.answer).collect();
        if let Some(difference) = divergence(&found, &expected) {
            return Ok(Some(format!("run {when}, {difference}, although every memory reads as it was written")));
        }
    }
    Ok(None)
}
