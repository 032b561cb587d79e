<?php
/**
 * The visitor's answer for PHP: gateway_consent( 'media' ).
 *
 * @package ConsentGateway
 */

namespace ConsentGateway\WordPress {

	defined( 'ABSPATH' ) || exit;

	/** A genuine, unexpired yes under the current policy with no signal against it. In doubt false: the gate decides, in the browser. */
	function has_consent( string $purpose, string $service ): bool {
		// What is rendered from here on is this visitor's alone.
		if ( ! defined( 'DONOTCACHEPAGE' ) ) {
			define( 'DONOTCACHEPAGE', true ); // what caching plugins look at
		}
		if ( ! headers_sent() ) {
			nocache_headers();
		}
		$options = options();
		$site    = $options['site'];
		$flag    = static function ( string $name ) use ( $site ): bool {
			return in_array( $_COOKIE[ "gw_{$name}_$site" ] ?? '', array( '1', 'a' ), true );
		};
		if ( '1' === ( $_SERVER['HTTP_SEC_GPC'] ?? '' ) || $flag( 'optout' ) || ( 'analytics' === $purpose && $flag( 'objection' ) ) ) {
			return false;
		}
		// The values are verified by their signature, which is made over them as they came: nothing may change them before.
		// phpcs:ignore WordPress.Security.ValidatedSanitizedInput
		$header = isset( $_SERVER['HTTP_COOKIE'] ) ? (string) wp_unslash( $_SERVER['HTTP_COOKIE'] ) : '';
		$choice = \ConsentGateway\read_choice( \ConsentGateway\choice_cookies( $header, $site ), $options['keys'], time() );
		if ( null === $choice || '' === $options['policy'] ) {
			return false;
		}
		return '' === $service
			? \ConsentGateway\grants( $choice, $purpose, $options['policy'] )
			: \ConsentGateway\grants_service( $choice, $service, $purpose, $options['policy'] );
	}
}

namespace {

	if ( ! function_exists( 'gateway_consent' ) ) {
		/**
		 * May this purpose (or one service of it) run for this visitor? Call it before the page's headers are sent, so that no
		 * cache keeps the page. For pages that caches keep, leave the decision to the gate in the browser.
		 */
		function gateway_consent( string $purpose, string $service = '' ): bool {
			return \ConsentGateway\WordPress\has_consent( $purpose, $service );
		}
	}
}
