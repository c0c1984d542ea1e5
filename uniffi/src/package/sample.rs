//! What a Gradle project of one app says, as far as it takes to build it without Gradle.

use std::fs;

use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};

/// A project's module `app`. Each fact of `app/build.gradle.kts` stands on a line of its own.
#[derive(Debug)]
pub(crate) struct Sample {
    pub(crate) name: String,
    pub(crate) namespace: String,
    pub(crate) application_id: String,
    pub(crate) min_sdk: String,
    pub(crate) target_sdk: String,
    pub(crate) version_code: String,
    pub(crate) version_name: String,
    /// What `implementation("...")` names.
    pub(crate) modules: Vec<String>,
    /// `app/src/main`.
    pub(crate) main: Utf8PathBuf,
    /// The app's own rules, if it has any.
    pub(crate) rules: Option<Utf8PathBuf>,
}

impl Sample {
    /// Reads the project in `folder`.
    pub(crate) fn read(folder: &Utf8Path) -> Result<Self> {
        let script = folder.join("app/build.gradle.kts");
        let text =
            fs::read_to_string(&script).with_context(|| format!("could not read {script}"))?;
        let said = |key: &str| {
            value(&text, key).with_context(|| format!("{script} has no line {key} = ..."))
        };
        let rules = folder.join("app/proguard-rules.pro");
        Ok(Self {
            name: folder.file_name().unwrap_or("app").to_owned(),
            namespace: said("namespace")?,
            application_id: said("applicationId")?,
            min_sdk: said("minSdk")?,
            target_sdk: said("targetSdk")?,
            version_code: said("versionCode")?,
            version_name: said("versionName")?,
            modules: modules(&text),
            main: folder.join("app/src/main"),
            rules: rules.exists().then_some(rules),
        })
    }

    /// Its folders of sources that are there.
    pub(crate) fn sources(&self) -> Vec<Utf8PathBuf> {
        let folders = ["kotlin", "java"].map(|name| self.main.join(name));
        folders.into_iter().filter(|path| path.exists()).collect()
    }

    /// Its manifest with the package, which Gradle's plugin adds.
    pub(crate) fn manifest(&self) -> Result<String> {
        let path = self.main.join("AndroidManifest.xml");
        let text = fs::read_to_string(&path).with_context(|| format!("could not read {path}"))?;
        let package = format!("<manifest package=\"{}\"", self.namespace);
        Ok(text.replacen("<manifest", &package, 1))
    }
}

/// What stands behind `key =`, without quotes.
fn value(text: &str, key: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let (name, value) = line.split_once('=')?;
        let value = value.split("//").next()?.trim().trim_matches('"');
        (name.trim() == key).then(|| value.to_owned())
    })
}

fn modules(text: &str) -> Vec<String> {
    text.lines()
        .filter_map(|line| line.trim().strip_prefix("implementation(\""))
        .filter_map(|rest| rest.split('"').next())
        .map(ToOwned::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_facts_of_a_project_are_read_from_its_script() {
        let text = "android {\n    namespace = \"com.example.till\"\n    defaultConfig {\n        \
                    minSdk = 24 // Android 7\n    }\n}\ndependencies {\n    \
                    implementation(\"com.mpac:pgw-terminal:0.1.0\")\n    \
                    testImplementation(\"junit:junit:4.13.2\")\n}\n";
        assert_eq!(
            value(text, "namespace").as_deref(),
            Some("com.example.till")
        );
        assert_eq!(value(text, "minSdk").as_deref(), Some("24"));
        assert_eq!(value(text, "targetSdk"), None);
        assert_eq!(modules(text), ["com.mpac:pgw-terminal:0.1.0"]);
    }
}
