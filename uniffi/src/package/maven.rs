//! A folder that Maven and Gradle take modules from.

use std::fmt::Write as _;

use anyhow::{Context, Result};
use camino::Utf8Path;
use md5::{Digest, Md5};
use roxmltree::{Document, Node};
use sha1::Sha1;
use sha2::Sha256;

use crate::files;

/// What every module is named after.
pub(crate) const GROUP: &str = "com.mpac";

const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<project xmlns="http://maven.apache.org/POM/4.0.0"
         xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
         xsi:schemaLocation="http://maven.apache.org/POM/4.0.0 https://maven.apache.org/xsd/maven-4.0.0.xsd">
  <modelVersion>4.0.0</modelVersion>
"#;

/// What other builds have to know of a module.
#[derive(Debug)]
pub(crate) struct Pom {
    pub(crate) version: String,
    pub(crate) text: String,
}

/// A module that is needed at run time too.
#[derive(Debug, PartialEq, Eq)]
struct Dependency {
    group: String,
    artifact: String,
    version: String,
}

impl Pom {
    /// Takes from the POM that builds a module, and from its parent, what others need of it.
    pub(crate) fn published(module: &str, parent: &str, packaging: &str) -> Result<Self> {
        let module = Document::parse(module)?;
        let parent = Document::parse(parent)?;
        let (module, parent) = (module.root_element(), parent.root_element());
        let version = text(module, &["parent", "version"])?;
        let mut pom = HEAD.to_owned();
        writeln!(pom, "  <groupId>{GROUP}</groupId>")?;
        let artifact = text(module, &["artifactId"])?;
        writeln!(pom, "  <artifactId>{artifact}</artifactId>")?;
        writeln!(pom, "  <version>{version}</version>")?;
        writeln!(pom, "  <packaging>{packaging}</packaging>")?;
        for element in ["name", "description"] {
            let said = text(module, &[element])?;
            writeln!(pom, "  <{element}>{said}</{element}>")?;
        }
        pom.push_str(
            "  <licenses>\n    <license>\n      <name>Apache-2.0</name>\n      \
             <url>https://www.apache.org/licenses/LICENSE-2.0.txt</url>\n    </license>\n  \
             </licenses>\n  <dependencies>\n",
        );
        for dependency in dependencies(module, parent)? {
            // JNA's jar has no library for Android; its AAR has. No app calls it by itself.
            let form = match dependency.artifact.as_str() {
                "jna" => "      <type>aar</type>\n      <scope>runtime</scope>\n",
                _ => "      <scope>compile</scope>\n",
            };
            write!(
                pom,
                "    <dependency>\n      <groupId>{}</groupId>\n      <artifactId>{}</artifactId>\n      \
                 <version>{}</version>\n{form}    </dependency>\n",
                dependency.group, dependency.artifact, dependency.version
            )?;
        }
        pom.push_str("  </dependencies>\n</project>\n");
        let version = version.to_owned();
        Ok(Self { version, text: pom })
    }
}

/// What a module and its parent need at run time.
fn dependencies(module: Node<'_, '_>, parent: Node<'_, '_>) -> Result<Vec<Dependency>> {
    let managed: Vec<_> = at(parent, &["dependencyManagement", "dependencies"])
        .into_iter()
        .flat_map(elements)
        .collect();
    let own = at(module, &["dependencies"]).into_iter().flat_map(elements);
    let inherited = at(parent, &["dependencies"]).into_iter().flat_map(elements);
    let mut found = Vec::new();
    for node in inherited.chain(own) {
        let (group, artifact) = (text(node, &["groupId"])?, text(node, &["artifactId"])?);
        let managed = managed.iter().find(|managed| {
            text(**managed, &["groupId"]).ok() == Some(group)
                && text(**managed, &["artifactId"]).ok() == Some(artifact)
        });
        let said = |name: &str| {
            let managed = || managed.and_then(|managed| text(*managed, &[name]).ok());
            text(node, &[name]).ok().or_else(managed)
        };
        if said("scope").unwrap_or("compile") != "compile" || said("optional") == Some("true") {
            continue;
        }
        let version =
            said("version").with_context(|| format!("{group}:{artifact} has no version"))?;
        found.push(Dependency {
            group: group.to_owned(),
            artifact: artifact.to_owned(),
            version: version.to_owned(),
        });
    }
    Ok(found)
}

fn elements<'a, 'input>(node: Node<'a, 'input>) -> impl Iterator<Item = Node<'a, 'input>> {
    node.children().filter(Node::is_element)
}

fn at<'a, 'input>(node: Node<'a, 'input>, path: &[&str]) -> Option<Node<'a, 'input>> {
    path.iter().try_fold(node, |node, name| {
        elements(node).find(|child| child.tag_name().name() == *name)
    })
}

fn text<'a>(node: Node<'a, '_>, path: &[&str]) -> Result<&'a str> {
    at(node, path)
        .and_then(|node| node.text())
        .map(str::trim)
        .with_context(|| format!("a POM has no {}", path.join("/")))
}

/// Puts a module into a repository: files by what follows their name, as in `-sources.jar`.
pub(crate) fn publish(
    repository: &Utf8Path,
    artifact: &str,
    version: &str,
    files: &[(&str, Vec<u8>)],
) -> Result<()> {
    let module = repository.join(GROUP.replace('.', "/")).join(artifact);
    files::remove(&module)?;
    let folder = module.join(version);
    for (suffix, contents) in files {
        let path = folder.join(format!("{artifact}-{version}{suffix}"));
        write_with_sums(&path, contents)?;
    }
    let metadata = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<metadata>\n  <groupId>{GROUP}</groupId>\n  \
         <artifactId>{artifact}</artifactId>\n  <versioning>\n    <latest>{version}</latest>\n    \
         <release>{version}</release>\n    <versions>\n      <version>{version}</version>\n    \
         </versions>\n  </versioning>\n</metadata>\n"
    );
    write_with_sums(&module.join("maven-metadata.xml"), metadata.as_bytes())
}

fn write_with_sums(path: &Utf8Path, contents: &[u8]) -> Result<()> {
    files::write(path, contents)?;
    let sums = [
        ("md5", hex(&Md5::digest(contents))),
        ("sha1", hex(&Sha1::digest(contents))),
        ("sha256", sha256(contents)),
    ];
    for (name, sum) in sums {
        files::write(Utf8Path::new(&format!("{path}.{name}")), sum.as_bytes())?;
    }
    Ok(())
}

/// The SHA-256 in hex.
pub(crate) fn sha256(contents: &[u8]) -> String {
    hex(&Sha256::digest(contents))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const PARENT: &str = "<project><dependencyManagement><dependencies>
        <dependency><groupId>g</groupId><artifactId>std</artifactId><version>2</version></dependency>
        <dependency><groupId>g</groupId><artifactId>junit</artifactId><version>4</version>
            <scope>test</scope></dependency>
        </dependencies></dependencyManagement><dependencies>
        <dependency><groupId>g</groupId><artifactId>std</artifactId></dependency>
        <dependency><groupId>g</groupId><artifactId>junit</artifactId></dependency>
        </dependencies></project>";
    const MODULE: &str = "<project><parent><version>1</version></parent><artifactId>a</artifactId>
        <name>N</name><description>D</description><dependencies>
        <dependency><groupId>j</groupId><artifactId>jna</artifactId><version>5</version></dependency>
        <dependency><groupId>x</groupId><artifactId>x</artifactId><version>5</version>
            <scope>provided</scope></dependency>
        </dependencies></project>";

    #[test]
    fn others_are_told_what_is_needed_at_run_time_and_nothing_else() -> Result<()> {
        let pom = Pom::published(MODULE, PARENT, "aar")?;
        assert_eq!(pom.version, "1");
        let read = Document::parse(&pom.text)?;
        let named: Vec<_> = at(read.root_element(), &["dependencies"])
            .into_iter()
            .flat_map(elements)
            .map(|node| {
                let said = |name: &str| text(node, &[name]).unwrap_or_default();
                ["artifactId", "version", "type", "scope"].map(said)
            })
            .collect();
        assert_eq!(
            named,
            [["std", "2", "", "compile"], ["jna", "5", "aar", "runtime"]]
        );
        Ok(())
    }

    #[test]
    fn sums_lie_beside_every_file() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let folder = Utf8Path::from_path(folder.path()).context("a UTF-8 path")?;
        publish(folder, "a", "1", &[(".pom", b"abc".to_vec())])?;
        let read = |name: &str| fs::read_to_string(folder.join("com/mpac/a").join(name));
        assert_eq!(read("1/a-1.pom.md5")?, "900150983cd24fb0d6963f7d28e17f72");
        assert_eq!(
            read("1/a-1.pom.sha1")?,
            "a9993e364706816aba3e25717850c26c9cd0d89d"
        );
        assert!(read("1/a-1.pom.sha256")?.starts_with("ba7816bf8f01cfea"));
        assert_eq!(read("maven-metadata.xml.sha1")?.len(), 40);
        Ok(())
    }
}
