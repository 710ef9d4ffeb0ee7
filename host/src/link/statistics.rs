//! The counts of a link.

use std::ops::AddAssign;

use serde::Serialize;

/// Counts of a link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LinkStatistics {
    /// Frames sent, repeated ones included.
    pub frames: u64,
    /// Commands answered.
    pub answers: u64,
    /// Byte sequences from the board that were not frames.
    pub crc_errors: u64,
    /// Frames sent again.
    pub resends: u64,
    /// NACKs: frames that the board rejected.
    pub refusals: u64,
    /// Answers that came more than once.
    pub repeated_answers: u64,
    /// Waits that ended without an answer.
    pub timeouts: u64,
    /// Restarts of the board that were noticed.
    pub restarts: u64,
    /// Bytes sent.
    pub bytes_sent: u64,
    /// Bytes received.
    pub bytes_received: u64,
}

impl AddAssign for LinkStatistics {
    fn add_assign(&mut self, other: Self) {
        let Self {
            frames,
            answers,
            crc_errors,
            resends,
            refusals,
            repeated_answers,
            timeouts,
            restarts,
            bytes_sent,
            bytes_received,
        } = other;
        self.frames += frames;
        self.answers += answers;
        self.crc_errors += crc_errors;
        self.resends += resends;
        self.refusals += refusals;
        self.repeated_answers += repeated_answers;
        self.timeouts += timeouts;
        self.restarts += restarts;
        self.bytes_sent += bytes_sent;
        self.bytes_received += bytes_received;
    }
}
