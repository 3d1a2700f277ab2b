//! The texts that appear inside sheets, in the language of the person who gets the file.
//!
//! They stand in `catalog/messages/docs.yaml` under `docs.words.*`, like every other text.

macro_rules! words {
    ($($(#[$doc:meta])* $field:ident;)*) => {
        /// Texts inside generated sheets, in one language.
        #[derive(Debug, Clone, PartialEq, Eq, Default)]
        pub struct Words {
            $($(#[$doc])* pub $field: String,)*
        }

        impl Words {
            /// The code of each text, in the order of the fields.
            pub const CODES: &'static [&'static str] = &[$(concat!("docs.words.", stringify!($field))),*];

            /// Asks for each text by its code (`docs.words.guide`).
            pub fn fill(mut text: impl FnMut(&str) -> String) -> Self {
                Self { $($field: text(concat!("docs.words.", stringify!($field))),)* }
            }
        }
    };
}

words! {
    /// Name of the data sheet when the table has no title.
    sheet;
    /// Name of the sheet that explains a template.
    guide;
    /// Name of the hidden sheet that holds long drop-down lists.
    lists;
    /// Name of the sheet that lists errors.
    errors;
    /// Guide heading: the column.
    guide_column;
    /// Guide heading: required or not.
    guide_required;
    /// Guide heading: what may be entered.
    guide_kind;
    /// Guide heading: the values to choose from.
    guide_choices;
    /// Guide heading: the explanation.
    guide_help;
    /// Yes.
    yes;
    /// No.
    no;
    /// Kind: text.
    kind_text;
    /// Kind: whole number.
    kind_integer;
    /// Kind: number.
    kind_decimal;
    /// Kind: day.
    kind_day;
    /// Kind: one value out of a list.
    kind_choice;
    /// Kind: yes or no.
    kind_bool;
    /// Title of the box that refuses a value (32 characters at most are shown).
    refused;
    /// The box: not a whole number.
    refused_integer;
    /// The box: not a number.
    refused_decimal;
    /// The box: not a day.
    refused_day;
    /// The box: not in the list.
    refused_choice;
    /// Errors heading: the cell.
    error_cell;
    /// Errors heading: the row.
    error_row;
    /// Errors heading: the column.
    error_column;
    /// Errors heading: what stands there.
    error_value;
    /// Errors heading: what is wrong.
    error_message;
    /// Page footer; `&P` is the page, `&N` the number of pages.
    page;
    /// Name of the font of all cells, one that the reader's office suite has.
    font;
}
