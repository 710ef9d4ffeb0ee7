//! Figures of a study's page, each as a file of its own.

use crate::svg::card;

/// The first plot of every section that has one: the section's anchor on the page, and the SVG file.
#[must_use]
pub fn plots(page: &str) -> Vec<(String, String)> {
    page.split("<h2 id=\"")
        .skip(1)
        .filter_map(|section| {
            let (anchor, rest) = section.split_once('"')?;
            Some((anchor.to_owned(), first_plot(rest)?))
        })
        .collect()
}

fn first_plot(section: &str) -> Option<String> {
    let (_, from) = section.split_once("<svg ")?;
    let (attributes, rest) = from.split_once('>')?;
    let (drawing, _) = rest.split_once("</svg>")?;
    let size = |name: &str| attribute(attributes, name)?.parse().ok();
    Some(card(size("width")?, size("height")?, drawing.trim_start()))
}

/// The value of an attribute in the text of a tag.
fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = tag.split_once(&format!("{name}=\""))?;
    rest.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_section_with_a_plot_gives_its_first() {
        let plot =
            |drawing: &str| format!("<figure><svg width=\"70\" height=\"40\" xmlns=\"x\">\n{drawing}\n</svg></figure>");
        let page = format!(
            "<h2 id=\"what-holds\">What holds</h2><table></table><h2 id=\"noise\">Noise</h2>{}{}",
            plot("<g/>"),
            plot("<path/>")
        );
        let plots = plots(&page);
        assert_eq!(plots.len(), 1);
        let (name, svg) = &plots[0];
        assert_eq!(name, "noise");
        assert!(svg.contains("width=\"102\" height=\"72\"") && svg.contains("\n<g/>\n</svg>\n"), "{svg}");
        assert!(!svg.contains("<path/>"), "{svg}");
    }
}
