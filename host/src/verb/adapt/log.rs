//! The log of an adaptation: a line for each window, from which it can be repeated bit by bit. docs/json.md has the fields.

use recording::RecordingIdentity;
use serde::{Deserialize, Serialize};
use spec::checksum::crc32;
use spec::digest::sha256_hex;
use spec::image::PlasticImage;
use spec::learn::Means;
use train::adapt::{Lesson, Neighbours};

use super::Adapt;

/// Version of the log.
pub(super) const LOG_VERSION: u32 = 2;

/// A line. Classes are by number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Line {
    /// The first.
    Adaptation(Header),
    /// A window.
    Window(WindowLine),
    /// The last, if the session was not interrupted.
    End(End),
}

/// What is adapted, and on what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::verb) struct Header {
    pub(in crate::verb) log_version: u32,
    pub(in crate::verb) program: String,
    /// SHA-256 of the image that it begins with.
    pub(in crate::verb) network_hash: String,
    /// Name of the recording, or of the source of a live session.
    pub(in crate::verb) recording: String,
    /// The recording, to know it again; none of a live session.
    pub(in crate::verb) identity: Option<RecordingIdentity>,
    pub(in crate::verb) board: String,
    pub(in crate::verb) adapt: Adapt,
    pub(in crate::verb) neighbours: Neighbours,
    pub(in crate::verb) classes: Vec<String>,
    /// Windows to come; unknown in a live session.
    pub(in crate::verb) n_windows: Option<usize>,
}

/// A window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WindowLine {
    /// Counted from 1.
    pub(super) window: u64,
    /// Row of its trial; in a live session the number of the window there.
    pub(super) trial: usize,
    /// Its class, if that is known.
    pub(super) label: Option<usize>,
    pub(super) trained: usize,
    pub(super) adapted: usize,
    /// None if it taught nothing.
    pub(super) teach: Option<Teach>,
}

/// What a window taught.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Teach {
    /// Counted from 1.
    pub(super) number: u64,
    pub(super) class: usize,
    pub(super) source: Source,
    pub(super) lessons: Vec<Lesson>,
    /// Channels with events, and how many, 1 to 63.
    pub(super) counts: Vec<(usize, u8)>,
    pub(super) n_weights_changed: usize,
    #[serde(flatten)]
    pub(super) checksums: Checksums,
}

/// What the class that is taught comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::verb) enum Source {
    Label,
    Own,
}

/// Checksums of what was counted and learned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Checksums {
    /// CRC-32 of the counts, a byte for each row.
    pub(super) counts_crc32: u32,
    /// CRC-32 of the means after the teach, class by class within a row.
    pub(super) means_crc32: u32,
    /// SHA-256 of the bytes of the image after the teach. Their CRC-32 would say nothing: each section ends with its own, so it
    /// is the same of all images of the same sizes.
    pub(super) image_sha256: String,
}

/// The end of a session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct End {
    pub(super) n_windows: u64,
    pub(super) n_teaches: u64,
    pub(super) image_sha256: String,
}

impl Checksums {
    /// Of an image and the means that it was made of.
    pub(super) fn of(image: &PlasticImage, means: &Means) -> Self {
        let of_means: Vec<u8> = means.means().iter().flat_map(|mean| mean.to_le_bytes()).collect();
        Self {
            counts_crc32: crc32(means.counts()),
            means_crc32: crc32(&of_means),
            image_sha256: sha256_hex(&image.encode()),
        }
    }
}

/// The rows with events, and how many.
pub(super) fn sparse(means: &Means) -> Vec<(usize, u8)> {
    means.counts().iter().copied().enumerate().filter(|(_, count)| *count > 0).collect()
}
