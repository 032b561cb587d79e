<?php
/**
 * Plugin Name:       Consent gateway
 * Description:       Asks visitors for consent per purpose through a self-hosted consent gateway, and holds scripts back until then.
 * Version:           0.1.0
 * Requires at least: 6.3
 * Requires PHP:      7.4
 * License:           Apache-2.0
 * License URI:       https://www.apache.org/licenses/LICENSE-2.0
 * Text Domain:       consent-gateway
 * Domain Path:       /languages
 *
 * @package ConsentGateway
 */

namespace ConsentGateway\WordPress;

defined( 'ABSPATH' ) || exit;

require_once __DIR__ . '/choice.php';
require_once __DIR__ . '/options.php';
require_once __DIR__ . '/settings-page.php';
require_once __DIR__ . '/markup.php';
require_once __DIR__ . '/gate.php';
require_once __DIR__ . '/consent.php';

// What every page gets. It is the same for everybody, so pages stay cacheable.
add_action( 'wp_enqueue_scripts', __NAMESPACE__ . '\enqueue', 0 );
add_filter( 'script_loader_tag', __NAMESPACE__ . '\complete_own_tag', 10, 2 );
add_filter( 'script_loader_tag', __NAMESPACE__ . '\gate_tag', 100, 2 );
add_filter( 'wp_resource_hints', __NAMESPACE__ . '\drop_hints', 10, 2 );
add_action( 'wp_body_open', __NAMESPACE__ . '\print_form_without_scripts' );
add_shortcode( 'gateway_preferences', __NAMESPACE__ . '\preferences' );
add_shortcode( 'gateway_cookies', __NAMESPACE__ . '\cookie_list' );

// What an administrator gets.
add_action( 'init', __NAMESPACE__ . '\load_translations' );
add_action( 'admin_init', __NAMESPACE__ . '\register_options' );
add_action( 'admin_menu', __NAMESPACE__ . '\add_page' );

function load_translations(): void {
	load_plugin_textdomain( 'consent-gateway', false, dirname( plugin_basename( __FILE__ ) ) . '/languages' );
}
