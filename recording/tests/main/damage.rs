//! A damaged NWB file is an error, never a panic.

use std::fs;

use recording::{Error, Recording, SyntheticOptions, generate, write_nwb};
use tempfile::TempDir;

use crate::shared_data::shared_data;

/// How many lengths and positions are tried, evenly spaced over the file.
const N_TRUNCATIONS: usize = 200;
const N_FLIPS: usize = 1000;

/// The bytes of a small session as this crate writes it.
fn small_session() -> Vec<u8> {
    let options = SyntheticOptions {
        n_channels: 3,
        n_directions: 4,
        trials_per_direction: 1,
        trial_ms: 100,
        ..SyntheticOptions::default()
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("small.nwb");
    write_nwb(&generate(&options).unwrap(), &path).unwrap();
    fs::read(path).unwrap()
}

/// The bytes of a session in the older HDF5 layout that h5py writes; none if it is absent.
fn h5py_session() -> Option<Vec<u8>> {
    shared_data("centre_out_small.nwb").map(|path| fs::read(path).unwrap())
}

/// The step that selects about `n` of `len` positions; odd, so that every alignment occurs.
fn odd_step(len: usize, n: usize) -> usize {
    (len / n) | 1
}

fn open(folder: &TempDir, bytes: &[u8]) -> Result<Recording, Error> {
    let path = folder.path().join("damaged.nwb");
    fs::write(&path, bytes).unwrap();
    Recording::open(&path)
}

fn assert_truncations_are_errors(bytes: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    let lengths = (8..bytes.len()).step_by(odd_step(bytes.len(), N_TRUNCATIONS)).chain([bytes.len() - 1]);
    for length in lengths {
        let error = open(&folder, &bytes[..length]).unwrap_err();
        assert!(matches!(error, Error::DamagedHdf5 { .. }), "{length} of {} bytes: {error}", bytes.len());
        assert!(error.to_string().contains("damaged.nwb"), "{error}");
    }
}

/// Padding is left alone: nothing reads it.
fn assert_flips_never_panic(bytes: &[u8]) {
    let meaningful: Vec<usize> = (0..bytes.len()).filter(|&position| bytes[position] != 0).collect();
    let folder = tempfile::tempdir().unwrap();
    let step = odd_step(meaningful.len(), N_FLIPS);
    let mut n_refused = 0;
    for position in meaningful.into_iter().step_by(step) {
        let mut damaged = bytes.to_vec();
        damaged[position] ^= 1 << (position % 8);
        match open(&folder, &damaged) {
            Ok(recording) => assert!(recording.units.iter().flatten().all(|time| time.is_finite())),
            Err(_) => n_refused += 1,
        }
    }
    assert!(n_refused > 0, "no damaged file was refused");
}

#[test]
fn a_truncated_file_is_an_error() {
    assert_truncations_are_errors(&small_session());
}

#[test]
fn a_truncated_file_of_the_older_layout_is_an_error() {
    if let Some(bytes) = h5py_session() {
        assert_truncations_are_errors(&bytes);
    }
}

#[test]
fn a_flipped_bit_never_panics() {
    assert_flips_never_panic(&small_session());
}

#[test]
fn a_flipped_bit_of_the_older_layout_never_panics() {
    if let Some(bytes) = h5py_session() {
        assert_flips_never_panic(&bytes);
    }
}

#[test]
fn a_signature_alone_is_a_damaged_file() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(open(&folder, b"\x89HDF\r\n\x1a\n"), Err(Error::DamagedHdf5 { .. })));
}
