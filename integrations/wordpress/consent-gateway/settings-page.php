<?php
/**
 * Settings → Consent gateway. options.php of WordPress checks the nonce that settings_fields() prints, and the capability.
 *
 * @package ConsentGateway
 */

namespace ConsentGateway\WordPress;

defined( 'ABSPATH' ) || exit;

const CAPABILITY = 'manage_options';

function add_page(): void {
	add_options_page(
		__( 'Consent gateway', 'consent-gateway' ),
		__( 'Consent gateway', 'consent-gateway' ),
		CAPABILITY,
		OPTION,
		__NAMESPACE__ . '\print_page'
	);
}

function print_page(): void {
	if ( ! current_user_can( CAPABILITY ) ) {
		wp_die( esc_html__( 'You may not change these settings.', 'consent-gateway' ), '', array( 'response' => 403 ) );
	}
	$options = options();
	?>
	<div class="wrap">
		<h1><?php esc_html_e( 'Consent gateway', 'consent-gateway' ); ?></h1>
		<form action="options.php" method="post">
			<?php settings_fields( OPTION ); ?>
			<table class="form-table" role="presentation">
				<?php
				print_field( 'url', __( 'Address of the gateway', 'consent-gateway' ), $options['url'], __( 'Best below this host, such as /privacy-gateway.', 'consent-gateway' ) );
				print_field( 'site', __( 'Number of this site', 'consent-gateway' ), (string) $options['site'] );
				print_field( 'policy', __( 'Fingerprint of the policy', 'consent-gateway' ), $options['policy'], __( 'Printed by "gateway check". Needed for gateway_consent() and for a pinned script.', 'consent-gateway' ) );
				print_field( 'hash', __( 'Hash of the pinned script', 'consent-gateway' ), $options['hash'], __( 'Empty: the script follows the gateway.', 'consent-gateway' ) );
				print_field( 'integrity', __( 'Integrity of the pinned script', 'consent-gateway' ), $options['integrity'] );
				print_area( 'keys', __( 'Choice keys', 'consent-gateway' ), lines( $options['keys'] ), __( 'One a line, as "gateway choice-key" prints them; only for gateway_consent().', 'consent-gateway' ) );
				print_area( 'scripts', __( 'Scripts that wait for consent', 'consent-gateway' ), lines( $options['scripts'] ), __( 'One a line: handle, purpose and, where it has one, service.', 'consent-gateway' ) );
				?>
			</table>
			<?php submit_button(); ?>
		</form>
	</div>
	<?php
}

function print_field( string $name, string $label, string $value, string $help = '' ): void {
	print_row( $name, $label, $help, sprintf( '<input type="text" class="regular-text" id="%1$s" name="%2$s" value="%3$s">', esc_attr( OPTION . "_$name" ), esc_attr( OPTION . "[$name]" ), esc_attr( $value ) ) );
}

function print_area( string $name, string $label, string $value, string $help = '' ): void {
	print_row( $name, $label, $help, sprintf( '<textarea class="large-text code" rows="5" id="%1$s" name="%2$s">%3$s</textarea>', esc_attr( OPTION . "_$name" ), esc_attr( OPTION . "[$name]" ), esc_textarea( $value ) ) );
}

/** `$control` is HTML whose parts are escaped. */
function print_row( string $name, string $label, string $help, string $control ): void {
	printf( '<tr><th scope="row"><label for="%s">%s</label></th><td>', esc_attr( OPTION . "_$name" ), esc_html( $label ) );
	echo $control; // phpcs:ignore WordPress.Security.EscapeOutput.OutputNotEscaped
	if ( '' !== $help ) {
		printf( '<p class="description">%s</p>', esc_html( $help ) );
	}
	echo '</td></tr>';
}
