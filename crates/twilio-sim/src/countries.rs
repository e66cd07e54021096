//! The countries that prices and dialing permissions are known for: a small, plausible table. The prices are made up.

/// A country as Pricing and Voice know it. Prices are decimals as text; `None` where there are no such numbers.
#[derive(Debug)]
pub(crate) struct Country {
    /// ISO 3166, two capitals.
    pub(crate) iso: &'static str,
    pub(crate) name: &'static str,
    /// Its calling code with `+`.
    pub(crate) code: &'static str,
    pub(crate) continent: &'static str,
    /// Calls to it, a minute; the longest prefix that fits a number counts.
    pub(crate) outbound: &'static [Outbound],
    /// Calls its numbers receive, a minute, and what such a number costs a month, by `number_type`.
    pub(crate) numbers: &'static [NumberPrice],
}

/// A price a minute for calls to some prefixes.
#[derive(Debug)]
pub(crate) struct Outbound {
    pub(crate) name: &'static str,
    /// Without `+`.
    pub(crate) prefixes: &'static [&'static str],
    pub(crate) price: &'static str,
    /// The price for calls from numbers of the EEA, where that is another.
    pub(crate) from_eea: Option<&'static str>,
}

/// What a type of number costs.
#[derive(Debug)]
pub(crate) struct NumberPrice {
    /// `local`, `mobile`, `national` or `toll free`.
    pub(crate) number_type: &'static str,
    /// A minute of an inbound call.
    pub(crate) inbound: &'static str,
    /// A month.
    pub(crate) monthly: &'static str,
}

/// Calling codes of the EEA, for prices by origin.
pub(crate) const EEA_PREFIXES: &[&str] = &[
    "353", "49", "33", "34", "39", "31", "32", "43", "46", "48", "351", "371",
];

const fn out(name: &'static str, prefixes: &'static [&'static str], price: &'static str) -> Outbound {
    Outbound {
        name,
        prefixes,
        price,
        from_eea: None,
    }
}

const fn eea(
    name: &'static str,
    prefixes: &'static [&'static str],
    price: &'static str,
    from_eea: &'static str,
) -> Outbound {
    Outbound {
        name,
        prefixes,
        price,
        from_eea: Some(from_eea),
    }
}

const fn number(number_type: &'static str, inbound: &'static str, monthly: &'static str) -> NumberPrice {
    NumberPrice {
        number_type,
        inbound,
        monthly,
    }
}

/// By ISO code.
#[rustfmt::skip]
pub(crate) const COUNTRIES: &[Country] = &[
    Country { iso: "AD", name: "Andorra", code: "+376", continent: "EUROPE",
        outbound: &[out("Andorra", &["376"], "0.1450"), out("Andorra - Mobile", &["3763", "3764", "3766"], "0.2900")], numbers: &[] },
    Country { iso: "AE", name: "United Arab Emirates", code: "+971", continent: "ASIA",
        outbound: &[out("United Arab Emirates", &["971"], "0.2300")], numbers: &[] },
    Country { iso: "AT", name: "Austria", code: "+43", continent: "EUROPE",
        outbound: &[eea("Austria", &["43"], "0.1000", "0.0250"), eea("Austria - Mobile", &["436"], "0.2500", "0.0400")],
        numbers: &[number("local", "0.0100", "1.00"), number("mobile", "0.0100", "5.00"), number("national", "0.0100", "1.00")] },
    Country { iso: "AU", name: "Australia", code: "+61", continent: "OCEANIA",
        outbound: &[out("Australia", &["61"], "0.0252"), out("Australia - Mobile", &["614"], "0.0750")],
        numbers: &[number("local", "0.0100", "3.00"), number("mobile", "0.0100", "6.50"), number("toll free", "0.0720", "16.00")] },
    Country { iso: "BE", name: "Belgium", code: "+32", continent: "EUROPE",
        outbound: &[eea("Belgium", &["32"], "0.1600", "0.0300"), eea("Belgium - Mobile", &["324"], "0.3200", "0.0550")],
        numbers: &[number("local", "0.0100", "1.50"), number("mobile", "0.0100", "1.15")] },
    Country { iso: "BR", name: "Brazil", code: "+55", continent: "SOUTH_AMERICA",
        outbound: &[out("Brazil", &["55"], "0.0390")], numbers: &[number("local", "0.0100", "4.25")] },
    Country { iso: "CA", name: "Canada", code: "+1", continent: "NORTH_AMERICA",
        outbound: &[out("Canada", &["1"], "0.0140"), out("United States & Canada - Toll Free", &["1800", "1844", "1855", "1866", "1877", "1888"], "0.0140")],
        numbers: &[number("local", "0.0085", "1.15"), number("toll free", "0.0220", "2.15")] },
    Country { iso: "CH", name: "Switzerland", code: "+41", continent: "EUROPE",
        outbound: &[out("Switzerland", &["41"], "0.0550"), out("Switzerland - Mobile", &["417"], "0.2900")],
        numbers: &[number("local", "0.0100", "1.15"), number("mobile", "0.0100", "8.00")] },
    Country { iso: "CU", name: "Cuba", code: "+53", continent: "NORTH_AMERICA",
        outbound: &[out("Cuba", &["53"], "0.9950")], numbers: &[] },
    Country { iso: "DE", name: "Germany", code: "+49", continent: "EUROPE",
        outbound: &[eea("Germany", &["49"], "0.0900", "0.0180"), eea("Germany - Mobile", &["4915", "4916", "4917"], "0.1900", "0.0450")],
        numbers: &[number("local", "0.0100", "1.15"), number("mobile", "0.0100", "17.00"), number("toll free", "0.1300", "25.00")] },
    Country { iso: "ES", name: "Spain", code: "+34", continent: "EUROPE",
        outbound: &[eea("Spain", &["34"], "0.0450", "0.0170"), eea("Spain - Mobile", &["346", "347"], "0.1600", "0.0350")],
        numbers: &[number("local", "0.0100", "1.15"), number("national", "0.0100", "1.15")] },
    Country { iso: "FR", name: "France", code: "+33", continent: "EUROPE",
        outbound: &[eea("France", &["33"], "0.0800", "0.0180"), eea("France - Mobile", &["336", "337"], "0.1800", "0.0400")],
        numbers: &[number("local", "0.0100", "1.15"), number("national", "0.0100", "1.15"), number("toll free", "0.1250", "25.00")] },
    Country { iso: "GB", name: "United Kingdom", code: "+44", continent: "EUROPE",
        outbound: &[out("United Kingdom", &["44"], "0.0160"), out("United Kingdom - Mobile", &["447"], "0.0350"), out("United Kingdom - Premium", &["449"], "1.2500")],
        numbers: &[number("local", "0.0100", "1.15"), number("mobile", "0.0100", "1.15"), number("national", "0.0100", "1.15"), number("toll free", "0.0400", "2.15")] },
    Country { iso: "IE", name: "Ireland", code: "+353", continent: "EUROPE",
        outbound: &[eea("Ireland", &["353"], "0.0650", "0.0180"), eea("Ireland - Mobile", &["3538"], "0.1500", "0.0400")],
        numbers: &[number("local", "0.0100", "1.50"), number("national", "0.0100", "1.50")] },
    Country { iso: "IN", name: "India", code: "+91", continent: "ASIA",
        outbound: &[out("India", &["91"], "0.0405")], numbers: &[] },
    Country { iso: "IT", name: "Italy", code: "+39", continent: "EUROPE",
        outbound: &[eea("Italy", &["39"], "0.0700", "0.0200"), eea("Italy - Mobile", &["393"], "0.2900", "0.0400")],
        numbers: &[number("local", "0.0100", "1.15"), number("mobile", "0.0100", "25.00")] },
    Country { iso: "JP", name: "Japan", code: "+81", continent: "ASIA",
        outbound: &[out("Japan", &["81"], "0.0746"), out("Japan - Mobile", &["8170", "8180", "8190"], "0.1900")],
        numbers: &[number("local", "0.0100", "4.50"), number("national", "0.0100", "4.50"), number("toll free", "0.2200", "25.00")] },
    Country { iso: "LV", name: "Latvia", code: "+371", continent: "EUROPE",
        outbound: &[eea("Latvia", &["371"], "0.3900", "0.0600")], numbers: &[number("local", "0.0100", "6.00")] },
    Country { iso: "MX", name: "Mexico", code: "+52", continent: "NORTH_AMERICA",
        outbound: &[out("Mexico", &["52"], "0.0280")], numbers: &[number("local", "0.0100", "6.25"), number("toll free", "0.2200", "30.00")] },
    Country { iso: "NL", name: "Netherlands", code: "+31", continent: "EUROPE",
        outbound: &[eea("Netherlands", &["31"], "0.0900", "0.0220"), eea("Netherlands - Mobile", &["316"], "0.2300", "0.0400")],
        numbers: &[number("local", "0.0100", "1.50"), number("mobile", "0.0100", "6.00")] },
    Country { iso: "NZ", name: "New Zealand", code: "+64", continent: "OCEANIA",
        outbound: &[out("New Zealand", &["64"], "0.0290"), out("New Zealand - Mobile", &["642"], "0.0880")], numbers: &[number("local", "0.0100", "3.15")] },
    Country { iso: "PL", name: "Poland", code: "+48", continent: "EUROPE",
        outbound: &[eea("Poland", &["48"], "0.0950", "0.0300")], numbers: &[number("local", "0.0100", "1.00"), number("mobile", "0.0100", "3.00")] },
    Country { iso: "PT", name: "Portugal", code: "+351", continent: "EUROPE",
        outbound: &[eea("Portugal", &["351"], "0.0900", "0.0200")], numbers: &[number("local", "0.0100", "1.15")] },
    Country { iso: "SE", name: "Sweden", code: "+46", continent: "EUROPE",
        outbound: &[eea("Sweden", &["46"], "0.0850", "0.0200"), eea("Sweden - Mobile", &["467"], "0.1500", "0.0400")],
        numbers: &[number("local", "0.0100", "1.15"), number("mobile", "0.0100", "3.00")] },
    Country { iso: "SG", name: "Singapore", code: "+65", continent: "ASIA",
        outbound: &[out("Singapore", &["65"], "0.0350")], numbers: &[number("mobile", "0.0100", "40.00")] },
    Country { iso: "US", name: "United States", code: "+1", continent: "NORTH_AMERICA",
        outbound: &[
            out("United States & Canada", &["1"], "0.0140"),
            out("United States - Alaska", &["1907"], "0.0900"),
            out("United States & Canada - Toll Free", &["1800", "1844", "1855", "1866", "1877", "1888"], "0.0140"),
        ],
        numbers: &[number("local", "0.0085", "1.15"), number("toll free", "0.0220", "2.15")] },
    Country { iso: "ZA", name: "South Africa", code: "+27", continent: "AFRICA",
        outbound: &[out("South Africa", &["27"], "0.2050"), out("South Africa - Mobile", &["276", "277", "278"], "0.3100")],
        numbers: &[number("local", "0.0100", "1.15")] },
];

/// The country with that ISO code, in any case.
pub(crate) fn find(iso: &str) -> Option<&'static Country> {
    COUNTRIES.iter().find(|country| country.iso.eq_ignore_ascii_case(iso))
}

/// The country a number lies in.
pub(crate) fn of_number(e164: &str) -> Option<&'static Country> {
    find(&crate::e164::country(e164)?)
}

/// The country that a calling code is first of all for: of those that share `+1` the United States.
pub(crate) fn main_of_code(code: u16) -> Option<&'static Country> {
    let code = format!("+{code}");
    COUNTRIES.iter().rev().find(|country| country.code == code)
}

impl Country {
    /// The price for calls to one of its numbers: that of the longest prefix.
    pub(crate) fn outbound_to(&self, e164: &str) -> Option<&'static Outbound> {
        let digits = e164.trim_start_matches('+');
        let length = |price: &Outbound| {
            let fitting = price.prefixes.iter().filter(|prefix| digits.starts_with(**prefix));
            fitting.map(|prefix| prefix.len()).max()
        };
        self.outbound
            .iter()
            .filter(|price| length(price).is_some())
            .max_by_key(|price| length(price))
    }

    /// The price for a type of number, by its name in Pricing (`toll free`) or elsewhere (`toll-free`).
    pub(crate) fn number_price(&self, number_type: &str) -> Option<&'static NumberPrice> {
        let wanted = number_type.replace('-', " ");
        self.numbers.iter().find(|price| price.number_type == wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::{COUNTRIES, find, of_number};

    #[test]
    fn countries_are_in_order_and_have_sound_prices() {
        assert!(COUNTRIES.is_sorted_by(|one, next| one.iso < next.iso));
        for country in COUNTRIES {
            let outbound = country
                .outbound
                .iter()
                .flat_map(|o| o.from_eea.into_iter().chain([o.price]));
            let numbers = country.numbers.iter().flat_map(|n| [n.inbound, n.monthly]);
            for price in outbound.chain(numbers) {
                assert!(
                    price.parse::<rust_decimal::Decimal>().is_ok(),
                    "{}: {price}",
                    country.iso
                );
            }
        }
    }

    #[test]
    fn the_longest_prefix_has_the_price() {
        let price = |number: &str| of_number(number).unwrap().outbound_to(number).unwrap().price;
        assert_eq!(price("+14155550123"), "0.0140");
        assert_eq!(price("+19075550123"), "0.0900");
        assert_eq!(price("+447700900123"), "0.0350");
        assert_eq!(find("us").unwrap().number_price("toll-free").unwrap().monthly, "2.15");
    }
}
