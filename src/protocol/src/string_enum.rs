/// Declares an enum that is a string on the wire, and keeps a string it does not know.
///
/// A newer gateway may send values that this version has never heard of; they survive a round
/// trip instead of failing the whole response.
macro_rules! string_enum {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $( $(#[$variant_meta:meta])* $variant:ident => $text:literal, )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(from = "String", into = "String")]
        pub enum $name {
            $( $(#[$variant_meta])* $variant, )+
            /// A value this version does not know, kept as it came; a card's number in what a gateway
            /// answers is masked.
            Unknown {
                /// As it stands on the wire.
                value: String,
            },
        }

        impl $name {
            /// Every value this version knows, in the guide's order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The value as it stands on the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Unknown { value } => value,
                }
            }

            /// Whether this version knows the value.
            #[must_use]
            pub fn is_known(&self) -> bool {
                !matches!(self, Self::Unknown { .. })
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)+
                    other => Self::Unknown {
                        value: other.to_owned(),
                    },
                }
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self::from(text.as_str())
            }
        }

        impl crate::reading::ReadJson for $name {
            fn read_json(json: &str) -> Option<Self> {
                let text = crate::reading::word(json)?;
                let word = text.trim();
                $(
                    if word.eq_ignore_ascii_case($text) {
                        return Some(Self::$variant);
                    }
                )+
                Some(Self::Unknown { value: text })
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.as_str().to_owned()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

pub(crate) use string_enum;
