use super::*;

#[test]
fn the_sample_names_every_setting_and_can_be_used_as_it_is_shown() {
    let everything: String = SAMPLE
        .lines()
        .filter_map(|l| l.strip_prefix("# ").filter(|l| l.contains(" = ")))
        .map(|l| format!("{l}\n"))
        .collect();
    let Settings {
        data,
        listen,
        database,
        objects,
        public_url,
        trusted_proxy,
        media,
        whisper_model,
        screen_text,
        no_worker,
        max_connections,
        api_rate,
        attachment_mb,
        smtp,
        smtp_password_file,
        mail_from,
        smtp_rate,
        reply_address,
        reply_imap,
        reply_imap_password_file,
        reply_lmtp,
        reply_proved_by,
        outbound_allow,
        assistant_url,
        assistant_model,
        assistant_key_file,
        assistant_key,
        assistant_context,
        oidc_issuer,
        oidc_client_id,
        oidc_client_secret_file,
        oidc_scopes,
        oidc_name,
        oidc_domains,
        oidc_groups_claim,
        oidc_roles,
    } = toml::from_str(&everything).unwrap();
    assert!(data.is_some() && listen.is_some() && database.is_some() && objects.is_some());
    assert!(
        public_url.is_some()
            && media.is_some()
            && trusted_proxy.is_some()
            && whisper_model.is_some()
            && screen_text.is_some()
            && no_worker.is_some()
            && max_connections.is_some()
            && api_rate.is_some()
            && attachment_mb.is_some()
    );
    assert!(smtp.is_some() && smtp_password_file.is_some() && mail_from.is_some());
    assert!(smtp_rate.is_some() && outbound_allow.is_some());
    assert!(assistant_url.is_some() && assistant_model.is_some() && assistant_context.is_some());
    assert!(assistant_key_file.is_some() && assistant_key.is_some());
    assert!(reply_address.is_some() && reply_imap.is_some() && reply_lmtp.is_some());
    assert!(reply_imap_password_file.is_some() && reply_proved_by.is_some());
    assert!(oidc_issuer.is_some() && oidc_client_id.is_some() && oidc_name.is_some());
    assert!(oidc_client_secret_file.is_some() && oidc_scopes.is_some());
    assert!(oidc_domains.is_some() && oidc_groups_claim.is_some() && oidc_roles.is_some());
    toml::from_str::<Settings>(SAMPLE).unwrap();
}

#[test]
fn a_setting_that_does_not_exist_is_refused_by_name() {
    let error = toml::from_str::<Settings>("publik_url = 1").unwrap_err();
    assert!(error.to_string().contains("publik_url"), "{error}");
}

#[test]
fn flags_win_over_the_file_and_defaults_fill_the_rest() {
    let flags = Settings {
        listen: Some("127.0.0.1:1".parse().unwrap()),
        ..Settings::default()
    };
    let file: Settings = toml::from_str("listen = '127.0.0.1:2'\nno_worker = true").unwrap();
    let config = flags.or(file).resolve(Some("/home/data".into())).unwrap();
    assert_eq!((config.listen.port(), config.worker), (1, false));
    assert_eq!(config.database, "sqlite:///home/data/aside.sqlite");
    assert!(matches!(
        Settings::default().resolve(None),
        Err(ConfigError::NoHome)
    ));
}

#[test]
fn a_public_url_is_an_origin() {
    let with = |url: &str| {
        Settings {
            public_url: Some(Url::parse(url).unwrap()),
            ..Settings::default()
        }
        .resolve(Some("/d".into()))
    };
    assert!(with("https://aside.example.org").unwrap().is_https());
    assert!(!with("http://10.0.0.2:4646/").unwrap().is_https());
    for bad in [
        "https://example.org/aside",
        "ftp://example.org",
        "https://me@example.org",
        "https://example.org/?x",
    ] {
        assert!(matches!(with(bad), Err(ConfigError::PublicUrl(_))), "{bad}");
    }
}

#[test]
fn the_password_of_the_database_is_not_shown() {
    let config = Settings {
        database: Some("postgres://aside:secret@db/aside".to_owned()),
        ..Settings::default()
    };
    let shown = config.resolve(Some("/d".into())).unwrap().database_name();
    assert!(
        !shown.contains("secret") && shown.contains("@db/aside"),
        "{shown}"
    );
}
