<?php
/**
 * Loads the plugin with the stand-ins and does what the test asks: {"option": …, "server": …, "cookies": …, "nonce": …,
 * "scripts": {handle: {"src", "before", "after", "strategy"}}, "do": [[what, …arguments]]}. Prints the answers as JSON.
 */
require __DIR__ . '/wordpress_stub.php';
const PLUGIN = __DIR__ . '/../../integrations/wordpress/consent-gateway';

$asked   = json_decode( stream_get_contents( STDIN ), true );
$_COOKIE = $asked['cookies'] ?? array();
$_SERVER = array_merge( $_SERVER, $asked['server'] ?? array() );
if ( isset( $asked['option'] ) ) {
	$stub->options['consent_gateway'] = $asked['option'];
}
require PLUGIN . '/consent-gateway.php';
if ( isset( $asked['nonce'] ) ) {
	add_filter( 'consent_gateway_nonce', fn() => $asked['nonce'] );
}
$stub->can = $asked['can'] ?? true;
foreach ( $asked['scripts'] ?? array() as $handle => $script ) {
	$stub->scripts[ $handle ] = (object) ( $script + array( 'strategy' => '' ) );
}

function printed( callable $work ): string {
	ob_start();
	$work();
	return ob_get_clean();
}

$answers = array();
foreach ( $asked['do'] as $step ) {
	$what      = array_shift( $step );
	$answers[] = array(
		'head'      => fn() => printed( function () {
			do_action( 'wp_enqueue_scripts' );
			print_scripts();
		} ),
		'body'      => fn() => printed( fn() => do_action( 'wp_body_open' ) ),
		'shortcode' => fn( $name ) => ( $stub->shortcodes[ $name ] )(),
		'hints'     => fn( $urls ) => array_values( apply_filters( 'wp_resource_hints', $urls, 'dns-prefetch' ) ),
		'consent'   => fn( ...$of ) => gateway_consent( ...$of ),
		'sent'      => fn() => $stub->sent,
		'constant'  => fn( $name ) => defined( $name ) && constant( $name ),
		'settings'  => fn() => printed( function () use ( $stub ) {
			do_action( 'admin_menu' );
			list( $capability, $page ) = $stub->pages['consent_gateway'];
			echo "<!-- $capability -->";
			try {
				$page();
			} catch ( RuntimeException $refused ) {
				echo "refused {$refused->getCode()}";
			}
		} ),
		'save'      => function ( $given ) use ( $stub ) {
			do_action( 'admin_init' );
			$stub->errors                     = array();
			$stub->options['consent_gateway'] = ( $stub->settings['consent_gateway']['sanitize_callback'] )( $given );
			return array( $stub->options['consent_gateway'], array_keys( $stub->errors ) );
		},
		'uninstall' => function ( $network ) use ( $stub ) {
			define( 'WP_UNINSTALL_PLUGIN', true );
			eval( sprintf( 'function is_multisite() { return %s; }', $network ? 'true' : 'false' ) );
			function get_sites( array $query ): array {
				return array( 1, 2 );
			}
			function switch_to_blog( int $site ): void {
				$GLOBALS['stub']->sent[] = "to $site";
			}
			function restore_current_blog(): void {
				$GLOBALS['stub']->sent[] = 'back';
			}
			require PLUGIN . '/uninstall.php';
			return array( $stub->options, $stub->sent );
		},
	)[ $what ]( ...$step );
}
echo json_encode( $answers );
