<?php
/**
 * What pages show: the gateway's script, the form for browsers without scripts, and the two shortcodes.
 *
 * @package ConsentGateway
 */

namespace ConsentGateway\WordPress;

defined( 'ABSPATH' ) || exit;

const HANDLE = 'consent-gateway';

/** The nonce of this answer's Content-Security-Policy, from whatever sets that header: add_filter( 'consent_gateway_nonce', … ). */
function nonce(): string {
	return (string) apply_filters( 'consent_gateway_nonce', '' );
}

/** A pinned script needs all three: its hash, its integrity, and the policy that the script alone cannot know. */
function is_pinned( array $options ): bool {
	return '' !== $options['hash'] && '' !== $options['integrity'] && '' !== $options['policy'];
}

function enqueue(): void {
	$base = base_url();
	if ( '' === $base ) {
		return;
	}
	$options = options();
	$file    = is_pinned( $options ) ? "/gateway.{$options['hash']}.js" : "/gateway/{$options['site']}.js";
	// No version: the address is the gateway's own, with its own rules for caches.
	// phpcs:ignore WordPress.WP.EnqueuedResourceParameters.MissingVersion
	wp_enqueue_script( HANDLE, $base . $file, array(), null, array( 'strategy' => 'defer', 'in_footer' => false ) );
}

/** Adds what WordPress has no argument for: nonce, integrity, and the attributes of the pinned script. */
function complete_own_tag( string $tag, string $handle ): string {
	if ( HANDLE !== $handle ) {
		return $tag;
	}
	$options    = options();
	$attributes = array_filter( array( 'nonce' => nonce() ) );
	if ( is_pinned( $options ) ) {
		$attributes += array(
			'integrity'   => $options['integrity'],
			'crossorigin' => 'anonymous',
			'data-site'   => (string) $options['site'],
			'data-policy' => $options['policy'],
		);
	}
	$html = new \WP_HTML_Tag_Processor( $tag );
	while ( $html->next_tag( 'script' ) ) {
		if ( null !== $html->get_attribute( 'src' ) ) {
			foreach ( $attributes as $name => $value ) {
				$html->set_attribute( $name, $value );
			}
		}
	}
	return $html->get_updated_html();
}

/** Right after the body begins, where the theme calls wp_body_open(). */
function print_form_without_scripts(): void {
	$base = base_url();
	if ( '' === $base ) {
		return;
	}
	printf(
		'<noscript><iframe src="%s" title="%s" width="100%%" height="420"></iframe></noscript>',
		esc_url( "$base/banner/" . options()['site'] ),
		esc_attr__( 'Privacy choices', 'consent-gateway' )
	);
}

/** [gateway_preferences]: the visitor's choices, in the page. */
function preferences(): string {
	return element( 'gateway-preferences', '', __( 'Privacy choices', 'consent-gateway' ) );
}

/** [gateway_cookies]: the declaration of cookies, in the page. */
function cookie_list(): string {
	return element( 'gateway-cookies', '/cookies', __( 'Cookies of this site', 'consent-gateway' ) );
}

/** A custom element that the script fills; where it cannot, the same page at the gateway. */
function element( string $name, string $path, string $label ): string {
	$base = base_url();
	if ( '' === $base ) {
		return '';
	}
	$address = "$base/privacy/" . options()['site'] . $path;
	return sprintf( '<%1$s></%1$s><noscript><a href="%2$s">%3$s</a></noscript>', tag_escape( $name ), esc_url( $address ), esc_html( $label ) );
}
