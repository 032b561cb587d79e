<?php
/**
 * Scripts of themes and other plugins, held back by their handle until their purpose is allowed.
 *
 * @package ConsentGateway
 */

namespace ConsentGateway\WordPress;

defined( 'ABSPATH' ) || exit;

/** `$tag` is everything WordPress prints for the handle: the script, and inline ones before and after it. */
function gate_tag( string $tag, string $handle ): string {
	$scripts = options()['scripts'];
	if ( HANDLE === $handle || ! isset( $scripts[ $handle ] ) || '' === base_url() ) {
		return $tag;
	}
	list( $purpose, $service ) = $scripts[ $handle ];

	$nonce = nonce();
	$html  = new \WP_HTML_Tag_Processor( $tag );
	while ( $html->next_tag( 'script' ) ) {
		$type = $html->get_attribute( 'type' );
		if ( 'module' === $type ) {
			$html->set_attribute( 'data-type', 'module' );
		} elseif ( is_string( $type ) && '' !== $type && 'text/javascript' !== $type && 'application/javascript' !== $type ) {
			continue; // data, such as JSON: it runs nothing
		}
		$html->set_attribute( 'type', 'text/plain' );
		$html->set_attribute( 'data-purpose', $purpose );
		if ( '' !== $service ) {
			$html->set_attribute( 'data-service', $service );
		}
		// Where the page works with nonces, the gate runs nothing without the same one.
		if ( '' !== $nonce && null === $html->get_attribute( 'nonce' ) ) {
			$html->set_attribute( 'nonce', $nonce );
		}
	}
	return $html->get_updated_html();
}

/**
 * WordPress tells browsers to look up the hosts of enqueued scripts early: not those of scripts that wait.
 *
 * @param array $urls addresses, or arrays of attributes with one
 */
function drop_hints( $urls, string $relation ): array {
	$hosts = array();
	foreach ( array_keys( options()['scripts'] ) as $handle ) {
		$script = wp_scripts()->registered[ $handle ] ?? null;
		$hosts[] = $script ? host_of( (string) $script->src ) : '';
	}
	$hosts = array_filter( $hosts );
	$keep  = static function ( $url ) use ( $hosts ): bool {
		$address = is_array( $url ) ? ( $url['href'] ?? '' ) : $url;
		return ! in_array( host_of( (string) $address ), $hosts, true );
	};
	return array_filter( (array) $urls, $keep );
}

/** '' for a path of this host. Hints may be bare host names. */
function host_of( string $address ): string {
	$host = wp_parse_url( $address, PHP_URL_HOST );
	return (string) ( $host ?? ( preg_match( '/^[\w.-]+\.[a-z]{2,}$/i', $address ) ? $address : '' ) );
}
