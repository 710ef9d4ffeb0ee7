//! Plastic images: what is added, read back, learned and refused.

use proptest::prelude::*;
use spec::image::{ImageError, NetworkImage, PlasticImage};
use spec::learn::{MAX_MEAN, Means};

use crate::images::images;

fn means(n_rows: usize, n_classes: usize) -> impl Strategy<Value = Means> {
    prop::collection::vec(0..=MAX_MEAN, n_rows * n_classes)
        .prop_map(move |means| Means::new(100, 64, n_classes, means).unwrap())
}

/// A network, and two sets of means for its plastic readouts.
fn plastic() -> impl Strategy<Value = (NetworkImage, Means, Means)> {
    (images(), 1..6_usize).prop_flat_map(|(network, n_classes)| {
        let n_rows = usize::from(network.n_channels).min(4);
        (Just(network), means(n_rows, n_classes), means(n_rows, n_classes))
    })
}

proptest! {
    #[test]
    fn an_image_is_read_back_and_its_network_is_what_a_board_loads((network, means, _) in plastic()) {
        let image = PlasticImage::add(&network, means).unwrap();
        let bytes = image.encode();
        prop_assert!(PlasticImage::is_one(&bytes));
        prop_assert_eq!(PlasticImage::decode(&bytes), Ok(image.clone()));
        prop_assert_eq!(NetworkImage::decode(&bytes), Err(ImageError::Version { found: 2 }));
        prop_assert_eq!(&NetworkImage::decode(&image.board_bytes()).unwrap(), image.network());
        prop_assert_eq!(NetworkImage::decode_trained(&bytes), Ok((network.clone(), Some(image))));
        prop_assert_eq!(NetworkImage::decode_trained(&network.encode().unwrap()), Ok((network, None)));
    }

    #[test]
    fn what_is_learned_is_as_if_it_had_been_there_from_the_start((network, first, second) in plastic()) {
        let weights = |means: &Means| -> Vec<i8> {
            means.readouts().into_iter().flat_map(|readout| readout.weights).collect()
        };
        let n_different = weights(&first).iter().zip(weights(&second)).filter(|(one, other)| *one != other).count();
        let mut image = PlasticImage::add(&network, first).unwrap();
        prop_assert_eq!(image.learn(second.clone()), n_different);
        prop_assert_eq!(image, PlasticImage::add(&network, second).unwrap());
    }

    #[test]
    fn a_changed_byte_is_refused((network, means, _) in plastic(), at: prop::sample::Index, change in 1..=u8::MAX) {
        let mut bytes = PlasticImage::add(&network, means).unwrap().encode();
        let at = at.index(bytes.len());
        bytes[at] ^= change;
        prop_assert!(PlasticImage::decode(&bytes).is_err());
    }

    #[test]
    fn a_weight_that_the_means_do_not_make_is_refused((network, first, second) in plastic()) {
        let one = PlasticImage::add(&network, first).unwrap();
        let other = PlasticImage::add(&network, second).unwrap();
        prop_assume!(one.network() != other.network());
        // The network of one with the means of the other.
        let (mut mixed, sections) = (one.encode(), other.encode());
        let differs = |at: &usize| mixed[*at] != sections[*at];
        let Some(last) = (0..mixed.len() - 4).rev().find(differs) else { return Ok(()) };
        mixed[last] = sections[last];
        prop_assert!(PlasticImage::decode(&mixed).is_err());
    }
}
