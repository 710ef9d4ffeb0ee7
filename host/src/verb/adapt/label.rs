//! The class that a marker names.

/// The class whose name is the text of a marker, or its last word or words: `go 90` names the class `90`. Numbers are compared as
/// numbers. Of several, the longest name counts.
pub(in crate::verb) fn class_of_marker(marker: &str, classes: &[String]) -> Option<usize> {
    let names = |class: &&String| {
        let marker = marker.trim();
        let ends_with = |name: &str| {
            let before = marker.strip_suffix(name);
            !name.is_empty() && before.is_some_and(|before| before.is_empty() || before.ends_with(char::is_whitespace))
        };
        let number = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite());
        let last_word = marker.split_whitespace().next_back().unwrap_or_default();
        ends_with(class) || number(class).is_some_and(|of_class| number(last_word) == Some(of_class))
    };
    let named = classes.iter().enumerate().filter(|(_, class)| names(class));
    named.max_by_key(|(index, class)| (class.len(), std::cmp::Reverse(*index))).map(|(index, _)| index)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_names_the_class_that_it_ends_with() {
        let classes = ["0", "45", "90", "left", "far left"].map(str::to_owned);
        let of = |marker: &str| class_of_marker(marker, &classes);
        for (marker, class) in
            [("90", 2), ("go 90", 2), ("go 0", 0), ("cue 90.0 ", 2), ("go far left", 4), ("go left", 3)]
        {
            assert_eq!(of(marker), Some(class), "{marker}");
        }
        for marker in ["", "go", "go190", "90 go", "180", "cleft"] {
            assert_eq!(of(marker), None, "{marker}");
        }
    }
}
