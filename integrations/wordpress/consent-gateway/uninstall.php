<?php
/**
 * Removes the plugin's one option, on every site of a network. Choices live in the visitors' cookies and in the gateway.
 *
 * @package ConsentGateway
 */

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

if ( is_multisite() ) {
	foreach ( get_sites( array( 'fields' => 'ids', 'number' => 0 ) ) as $consent_gateway_site ) {
		switch_to_blog( $consent_gateway_site );
		delete_option( 'consent_gateway' );
		restore_current_blog();
	}
} else {
	delete_option( 'consent_gateway' );
}
