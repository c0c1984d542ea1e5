//! Makes the generated code fit to be what an app sees.
//!
//! UniFFI's value types are the SDK's own in Kotlin and Swift. Around them it writes helpers that are
//! public for no need of ours, and its documentation is Rust's. A new version of UniFFI that writes
//! otherwise fails to compile, or shows in the committed surface.

use heck::ToLowerCamelCase;

/// What an app has no use for, by the beginning of its name.
const HELPERS: &[&str] = &[
    "FfiConverter",
    "Uniffi",
    "uniffi",
    "Core",
    "RustBuffer",
    "Disposable",
    "NoHandle",
    "InternalException",
];

/// What an app's own vault has.
const VAULT: &[&str] = &["    fun `seal`(", "    fun `openSealed`("];

pub(crate) fn kotlin(code: &str) -> String {
    let aliases = aliases(code);
    each_line(code, |line| {
        let line = aliases.iter().fold(line, |line, (alias, name)| {
            let line = without_alias(line, &format!("com.mpac.pgw.{alias}"), name);
            without_alias(line, alias, name)
        });
        let line = match is_comment(&line) {
            true => line.replace("VaultError", "VaultException"),
            false => line,
        };
        // A part of a line is only a part of a comment, or of a member.
        if let Some(rest) = line.strip_prefix("    object ") {
            return format!("    data object {rest}");
        }
        let line = line.replacen(
            "    companion object ErrorHandler",
            "    internal companion object ErrorHandler",
            1,
        );
        // Java can throw only what is declared.
        if let Some(function) = VAULT.iter().find(|name| line.starts_with(**name)) {
            return line.replacen(
                function,
                &format!("    @Throws(VaultException::class)\n{function}"),
                1,
            );
        }
        if line.starts_with("public interface PaymentListener ")
            || line.starts_with("public interface LogSink ")
        {
            return line.replacen("public interface", "public fun interface", 1);
        }
        // Functions of no class are the only ones that follow on what is before them.
        let is_of_no_class = ["} fun `", "*/ fun `", "::class) fun `"]
            .iter()
            .any(|function| line.contains(function));
        if is_of_no_class || line.starts_with(" fun `") {
            return line.replacen(" fun `", " internal fun `", 1);
        }
        let declaration = line.strip_prefix("public ").unwrap_or(&line);
        let is_alias = declaration.starts_with("typealias ");
        match is_alias || is_helper(declaration, &["object ", "interface ", "class "]) {
            true => format!("internal {declaration}"),
            false => line,
        }
    })
}

pub(crate) fn swift(code: &str) -> String {
    let code = code
        .replace("public \nenum ", "public enum ")
        // A documented member, which only values have in public: it is for the app.
        .replace("     */\npublic func ", "     */\n    public func ");
    let code = with_swift_cases(&code);
    let aliases = aliases(&code);
    each_line(&code, |line| {
        if line.starts_with("import MpacPgwCoreFFI") {
            return format!("internal {line}");
        }
        if line.starts_with("public typealias ") {
            return line.replacen("public ", "", 1);
        }
        let line = aliases
            .iter()
            .fold(line, |line, (alias, name)| without_alias(line, alias, name));
        let declaration = line
            .strip_prefix("public ")
            .or_else(|| line.strip_prefix("open "))
            .unwrap_or(&line);
        match is_helper(declaration, &["struct ", "class ", "protocol ", "enum "]) {
            true => declaration.to_owned(),
            false => line,
        }
    })
}

/// UniFFI spells the cases of errors as Rust does, and those of other enums as Swift does.
fn with_swift_cases(code: &str) -> String {
    let cases: Vec<_> = code
        .lines()
        .filter_map(|line| line.strip_prefix("    case "))
        .filter(|case| case.starts_with(char::is_uppercase))
        .filter_map(|case| case.split(|c: char| !c.is_alphanumeric()).next())
        .collect();
    cases.iter().fold(code.to_owned(), |code, case| {
        let (head, tail) = case.split_at(1);
        let swift = head.to_lowercase() + tail;
        code.replace(&format!("case {case}"), &format!("case {swift}"))
            .replace(&format!(".{case}"), &format!(".{swift}"))
    })
}

/// What types are called in Rust, and what they are.
fn aliases(code: &str) -> Vec<(&str, &str)> {
    code.lines()
        .filter_map(|line| line.strip_prefix("public typealias ")?.split_once(" = "))
        .collect()
}

/// An app sees `Date`, and not that it is a `Timestamp` in Rust.
fn without_alias(line: String, alias: &str, name: &str) -> String {
    let typed = format!(": {alias}");
    match line.split_once(&typed) {
        Some((before, after)) if !after.starts_with(char::is_alphanumeric) => {
            format!("{before}: {name}{after}")
        }
        _ => line,
    }
}

fn each_line(code: &str, polish: impl Fn(String) -> String) -> String {
    code.lines()
        .map(|line| polish(without_rust_links(line)) + "\n")
        .collect()
}

/// Whether a line declares a helper, or a function: those that an app calls are written by hand.
fn is_helper(declaration: &str, kinds: &[&str]) -> bool {
    let mut rest = declaration;
    for modifier in ["abstract ", "open ", "sealed ", "inline "] {
        rest = rest.strip_prefix(modifier).unwrap_or(rest);
    }
    let name = kinds.iter().find_map(|kind| rest.strip_prefix(kind));
    let is_helper = |name: &str| {
        let end = name
            .find(|c: char| !c.is_alphanumeric())
            .unwrap_or(name.len());
        HELPERS.iter().any(|helper| name.starts_with(helper)) || name[..end].ends_with("Impl")
    };
    rest.starts_with("fun ") || rest.starts_with("func ") || name.is_some_and(is_helper)
}

fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with('*') || line.starts_with("//")
}

/// [`field_name`](Self::field_name) becomes `fieldName`.
fn without_rust_links(line: &str) -> String {
    if !is_comment(line) {
        return line.to_owned();
    }
    let line = line.replace("# Errors", "Throws:");
    let mut rest = &*line;
    let mut text = String::new();
    while let Some((before, after)) = rest.split_once("[`") {
        let Some((name, after)) = after.split_once("`]") else {
            break;
        };
        text += before;
        text += &format!("`{}`", in_camel_case(name));
        let target = after
            .strip_prefix('(')
            .and_then(|target| target.split_once(')'));
        rest = target.map_or(after, |(_, after)| after);
    }
    text + rest
}

/// `Type::field_name` becomes `Type.fieldName`; a type's own name stays.
fn in_camel_case(path: &str) -> String {
    let spelled = |name: &str| match name.contains('_') {
        true => name.to_lower_camel_case(),
        false => name.to_owned(),
    };
    let names: Vec<String> = path.split("::").map(spelled).collect();
    names.join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn helpers_are_hidden_and_values_are_not() {
        for (generated, polished) in [
            (
                "public object FfiConverterTypeSecret: X {",
                "internal object FfiConverterTypeSecret: X {",
            ),
            (
                "open class RustBuffer : Structure() {",
                "internal open class RustBuffer : Structure() {",
            ),
            (
                "open class VaultImpl: Disposable, Vault",
                "internal open class VaultImpl: Disposable, Vault",
            ),
            (
                "    @Throws(CoreException::class) fun `qrSvg`(`content`: String)",
                "    @Throws(CoreException::class) internal fun `qrSvg`(`content`: String)",
            ),
            (
                "    object Cash : PaymentMethod()",
                "    data object Cash : PaymentMethod()",
            ),
            ("data class QrCode (", "data class QrCode ("),
            (
                "public interface PaymentListener {",
                "public fun interface PaymentListener {",
            ),
            (
                "    fun `seal`(`plain`: kotlin.ByteArray)",
                "    @Throws(VaultException::class)\n    fun `seal`(`plain`: kotlin.ByteArray)",
            ),
        ] {
            assert_eq!(kotlin(generated), format!("{polished}\n"));
        }
        for (generated, polished) in [
            (
                "public struct FfiConverterTypeSecret: X {",
                "struct FfiConverterTypeSecret: X {",
            ),
            (
                "open class CoreTerminal: CoreTerminalProtocol {",
                "class CoreTerminal: CoreTerminalProtocol {",
            ),
            (
                "public func qrSvg(content: String)throws  -> String  {",
                "func qrSvg(content: String)throws  -> String  {",
            ),
            (
                "    /**\n     * What to say.\n     */\npublic func message()",
                "    /**\n     * What to say.\n     */\n    public func message()",
            ),
            ("import MpacPgwCoreFFI", "internal import MpacPgwCoreFFI"),
            (
                "public \nenum CoreError: Swift.Error {",
                "enum CoreError: Swift.Error {",
            ),
            (
                "    case KeyGone\n        case .KeyGone:\n        case 1: return .KeyGone",
                "    case keyGone\n        case .keyGone:\n        case 1: return .keyGone",
            ),
            (
                "public typealias Timestamp = Date\n    public let expiresAt: Timestamp?",
                "typealias Timestamp = Date\n    public let expiresAt: Date?",
            ),
            (
                "public struct QrCode: Equatable {",
                "public struct QrCode: Equatable {",
            ),
        ] {
            assert_eq!(swift(generated), format!("{polished}\n"));
        }
    }

    #[test]
    fn names_in_comments_are_spelled_as_in_the_language() {
        let comment = "     * or with [`allow_cleartext`](Self::allow_cleartext), or [`QrMpm`].";
        assert_eq!(
            without_rust_links(comment),
            "     * or with `allowCleartext`, or `QrMpm`."
        );
        assert_eq!(without_rust_links("let a = b[`c`](d)"), "let a = b[`c`](d)");
    }

    #[test]
    fn an_app_sees_what_a_type_is_and_not_what_rust_calls_it() {
        let generated = "public typealias Period = kotlin.time.Duration\n\
                         val `a`: Period?\n\
                         val `b`: com.mpac.pgw.Period\n\
                         val `c`: Periodic\n";
        let polished = "internal typealias Period = kotlin.time.Duration\n\
                        val `a`: kotlin.time.Duration?\n\
                        val `b`: kotlin.time.Duration\n\
                        val `c`: Periodic\n";
        assert_eq!(kotlin(generated), polished);
    }
}
