<?php
/**
 * The plugin's settings: one option, an array with the keys of DEFAULTS; everything in it has passed sanitize().
 *
 * @package ConsentGateway
 */

namespace ConsentGateway\WordPress;

defined( 'ABSPATH' ) || exit;

const OPTION = 'consent_gateway';

const DEFAULTS = array(
	'url'       => '',      // the gateway's public URL, or its path on this host; empty: nothing is printed
	'site'      => 1,       // the site's number there
	'policy'    => '',      // fingerprint of the current policy, for reading choices in PHP and for the pinned script
	'hash'      => '',      // of the pinned script /gateway.{hash}.js; empty: the script that follows the gateway
	'integrity' => '',      // of the pinned script
	'keys'      => array(), // the site's choice keys in hexadecimal
	'scripts'   => array(), // handle => array( purpose, service or '' )
);

function options(): array {
	$saved = get_option( OPTION );
	return array_merge( DEFAULTS, is_array( $saved ) ? $saved : array() );
}

/** The URL without a slash at its end, '' where it is not set. */
function base_url(): string {
	return untrailingslashit( options()['url'] );
}

function register_options(): void {
	register_setting(
		OPTION,
		OPTION,
		array(
			'type'              => 'array',
			'default'           => DEFAULTS,
			'sanitize_callback' => __NAMESPACE__ . '\sanitize',
			'show_in_rest'      => false,
		)
	);
}

/**
 * What may be saved of what was entered. A field that is wrong keeps its old value, and the page says so.
 *
 * WordPress calls this twice when it saves an option for the first time, then with what it returned: that comes back unchanged.
 *
 * @param mixed $given
 */
function sanitize( $given ): array {
	$kept  = options();
	$given = is_array( $given ) ? $given : array();

	$url = trim( (string) ( $given['url'] ?? '' ) );
	if ( '' === $url || preg_match( '#^(https?://[^/]|/[^/])#i', $url ) ) {
		$kept['url'] = untrailingslashit( esc_url_raw( $url, array( 'http', 'https' ) ) );
	} else {
		refuse( 'url', __( 'The gateway needs an address that begins with https:// or with a single /.', 'consent-gateway' ) );
	}

	$site = (string) ( $given['site'] ?? '' );
	if ( preg_match( '/^[1-9][0-9]{0,8}$/', $site ) ) {
		$kept['site'] = (int) $site;
	} else {
		refuse( 'site', __( 'The site is a number from 1 on.', 'consent-gateway' ) );
	}

	$patterns = array(
		'policy'    => '/^([0-9a-f]{16})?$/',
		'hash'      => '/^([0-9a-f]{16})?$/',
		'integrity' => '#^(sha(256|384|512)-[A-Za-z0-9+/]+={0,2})?$#',
	);
	foreach ( $patterns as $name => $pattern ) {
		$value = trim( (string) ( $given[ $name ] ?? '' ) );
		if ( preg_match( $pattern, $value ) ) {
			$kept[ $name ] = $value;
		} else {
			/* translators: %s: name of a field */
			refuse( $name, sprintf( __( '%s does not have the form that the gateway prints.', 'consent-gateway' ), $name ) );
		}
	}

	$keys = preg_split( '/\s+/', strtolower( lines( $given['keys'] ?? '' ) ), -1, PREG_SPLIT_NO_EMPTY );
	if ( array() === preg_grep( '/^[0-9a-f]{64}$/', $keys, PREG_GREP_INVERT ) ) {
		$kept['keys'] = $keys;
	} else {
		refuse( 'keys', __( 'Each key is a line of 64 hexadecimal digits.', 'consent-gateway' ) );
	}

	$scripts = scripts_of( lines( $given['scripts'] ?? '' ) );
	if ( null !== $scripts ) {
		$kept['scripts'] = $scripts;
	} else {
		refuse( 'scripts', __( 'Each script is a line with its handle, its purpose and, where it has one, its service.', 'consent-gateway' ) );
	}
	return $kept;
}

/**
 * The text of a field of lines, as it was entered or as it is saved.
 *
 * @param mixed $given
 */
function lines( $given ): string {
	if ( ! is_array( $given ) ) {
		return (string) $given;
	}
	$found = array();
	foreach ( $given as $name => $parts ) {
		$found[] = is_array( $parts ) ? trim( $name . ' ' . implode( ' ', $parts ) ) : $parts;
	}
	return implode( "\n", $found );
}

/** Lines of "handle purpose [service]"; null where one is none. */
function scripts_of( string $text ): ?array {
	$found = array();
	foreach ( preg_split( '/\R/', $text ) as $line ) {
		if ( '' === trim( $line ) ) {
			continue;
		}
		if ( ! preg_match( '/^\s*([\w.@\/-]+)\s+([a-z0-9-]+)(?:\s+([a-z0-9-]+))?\s*$/', $line, $parts ) ) {
			return null;
		}
		$found[ $parts[1] ] = array( $parts[2], $parts[3] ?? '' );
	}
	return $found;
}

function refuse( string $field, string $message ): void {
	add_settings_error( OPTION, "consent_gateway_$field", $message );
}
