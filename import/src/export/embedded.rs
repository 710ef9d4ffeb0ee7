//! The integers in the metadata of an exported graph, so that an import gives the same image again.

use recording::{Array, Tree, Values};
use spec::digest::sha256_hex;
use spec::image::NetworkImage;

use super::graph;
use crate::card::ImportCard;
use crate::nir::Graph;

/// An image and its companion, as they were when the graph was exported.
#[derive(Clone, Debug, PartialEq)]
pub struct Embedded {
    /// The image.
    pub image: NetworkImage,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its companion.
    pub card: ImportCard,
}

/// The options with which an exported graph is to be read; none of other graphs.
#[must_use]
pub fn import_options(file: &Tree) -> Option<&str> {
    match file.member("node")?.member("metadata")?.member("import_options")? {
        Tree::Array(Array { values: Values::Text(texts), .. }) => texts.first().map(String::as_str),
        _ => None,
    }
}

impl Embedded {
    /// What an exported graph carries; none of other graphs, and none if the graph was changed since.
    #[must_use]
    pub fn of(file: &Tree, graph_of_file: &Graph) -> Option<Self> {
        let metadata = file.member("node")?.member("metadata")?;
        let (Tree::Array(Array { values: Values::Integer(values), .. }), Tree::Array(companion)) =
            (metadata.member("image")?, metadata.member("companion")?)
        else {
            return None;
        };
        let bytes: Vec<u8> = values.iter().map(|value| u8::try_from(*value)).collect::<Result<_, _>>().ok()?;
        let Values::Text(texts) = &companion.values else { return None };
        let card: ImportCard = serde_json::from_str(texts.first()?).ok()?;
        if card.kind != ImportCard::KIND || card.network_hash != sha256_hex(&bytes) {
            return None;
        }
        let image = NetworkImage::decode(&bytes).ok()?;
        let exported = Graph::from_tree(&graph(&image, &bytes, Some(&card)).tree).ok()?;
        (exported == *graph_of_file).then_some(Self { image, bytes, card })
    }
}
