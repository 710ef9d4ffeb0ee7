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
    let (_, from) = section.split_once("<svg")?;
    let (attributes, rest) = from.split_once('>')?;
    let (drawing, _) = rest.split_once("</svg>")?;
    let size = |name: &str| attribute(attributes, name)?.parse().ok();
    Some(card(size("width")?, size("height")?, &compact(drawing.trim_start())))
}

/// The drawing with neighbouring rectangles that look the same as one path, which a raster of spikes has thousands of.
fn compact(drawing: &str) -> String {
    let mut compacted = String::new();
    let mut look_of_path = None;
    for line in drawing.lines() {
        let Some((outline, look)) = rectangle(line) else {
            if look_of_path.take().is_some() {
                compacted.push_str("\"/>\n");
            }
            compacted.push_str(line);
            compacted.push('\n');
            continue;
        };
        if look_of_path.as_ref() != Some(&look) {
            if look_of_path.is_some() {
                compacted.push_str("\"/>\n");
            }
            compacted.push_str(&format!("<path{look} d=\""));
        }
        compacted.push_str(&outline);
        look_of_path = Some(look);
    }
    if look_of_path.is_some() {
        compacted.push_str("\"/>\n");
    }
    compacted
}

/// The outline of a rectangle as a piece of a path, and the attributes that say how it looks.
fn rectangle(line: &str) -> Option<(String, String)> {
    let mut look = line.strip_prefix("<rect")?.strip_suffix("/>")?.to_owned();
    let mut take = |name: &str| {
        let value = attribute(&look, name)?.to_owned();
        look = look.replacen(&format!(" {name}=\"{value}\""), "", 1);
        Some(value)
    };
    let (x, y, width, height) = (take("x")?, take("y")?, take("width")?, take("height")?);
    Some((format!("M{x} {y}h{width}v{height}h-{width}z"), look))
}

/// The page cut off after this many pixels, fading to say that it goes on.
#[must_use]
pub fn top(page: &str, pixels: u32) -> String {
    let style = format!(
        "<style>html{{height:{pixels}px;overflow:hidden}}body::after{{content:\"\";position:absolute;left:0;right:0;\
         top:{}px;height:120px;background:linear-gradient(transparent,#fff)}}</style></head>",
        pixels.saturating_sub(120)
    );
    page.replacen("</head>", &style, 1)
}

/// The value of an attribute in the text of a tag.
fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
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

    #[test]
    fn neighbours_that_look_the_same_become_one_path() {
        let one = "<rect x=\"1\" y=\"2\" width=\"3\" height=\"4\" fill=\"red\"/>\n";
        let two = one.replace("x=\"1\"", "x=\"9\"");
        let blue = one.replace("red", "blue");
        assert_eq!(
            compact(&format!("{one}{two}{blue}<g/>\n{one}")),
            "<path fill=\"red\" d=\"M1 2h3v4h-3zM9 2h3v4h-3z\"/>\n<path fill=\"blue\" d=\"M1 2h3v4h-3z\"/>\n<g/>\n\
             <path fill=\"red\" d=\"M1 2h3v4h-3z\"/>\n"
        );
    }
}
