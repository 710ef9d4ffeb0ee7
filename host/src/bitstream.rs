//! The manifests of the bitstreams, which are part of the program.

use spec::board::Board;
use spec::manifest::Manifest;

use crate::failure::Failure;

/// Names of boards and the text of their manifests, written by `build.rs`.
const MANIFESTS: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/manifests.rs"));

/// The manifest of a board's bitstream, if it has one.
///
/// # Errors
/// None: the build has parsed every manifest.
pub fn manifest(board: &Board) -> Result<Option<Manifest>, Failure> {
    let text = MANIFESTS.iter().find(|(name, _)| *name == board.name);
    text.map(|(_, text)| serde_json::from_str(text).map_err(Failure::from)).transpose()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use spec::board::BOARDS;

    use super::*;

    #[test]
    fn the_program_knows_every_manifest_in_the_bitstreams_folder_and_no_other() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../bitstreams");
        for board in &BOARDS {
            let known = manifest(board).unwrap();
            let path = folder.join(Manifest::file_name(board));
            assert_eq!(known.is_some(), path.exists(), "{}", board.name);
            if let Some(manifest) = known {
                assert_eq!(manifest.board, board.name);
                let [tables, rams] = [manifest.look_up_tables(), manifest.block_rams()].map(Option::unwrap);
                assert!(tables.used > 0 && rams.used > 0, "{}", board.name);
            }
        }
        assert!(!MANIFESTS.is_empty());
    }
}
