<?php
/**
 * Stand-ins for the functions of WordPress that the plugin calls: hooks, options, escaping, scripts, and its tag processor
 * reduced to script tags. They behave as WordPress documents them, as far as the tests look.
 */

define( 'ABSPATH', __DIR__ . '/' );

$stub = (object) array( 'hooks' => array(), 'options' => array(), 'scripts' => array(), 'shortcodes' => array(), 'errors' => array(), 'sent' => array(), 'pages' => array(), 'settings' => array(), 'can' => true );

function add_filter( string $hook, callable $callback, int $priority = 10, int $arguments = 1 ): void {
	$GLOBALS['stub']->hooks[ $hook ][ $priority ][] = array( $callback, $arguments );
}
function add_action( string $hook, callable $callback, int $priority = 10, int $arguments = 1 ): void {
	add_filter( $hook, $callback, $priority, $arguments );
}
function apply_filters( string $hook, $value, ...$more ) {
	$stages = $GLOBALS['stub']->hooks[ $hook ] ?? array();
	ksort( $stages );
	foreach ( $stages as $callbacks ) {
		foreach ( $callbacks as list( $callback, $arguments ) ) {
			$value = $callback( ...array_slice( array( $value, ...$more ), 0, $arguments ) );
		}
	}
	return $value;
}
function do_action( string $hook ): void {
	apply_filters( $hook, null );
}
function add_shortcode( string $name, callable $callback ): void {
	$GLOBALS['stub']->shortcodes[ $name ] = $callback;
}

function get_option( string $name ) {
	return $GLOBALS['stub']->options[ $name ] ?? false;
}
function delete_option( string $name ): void {
	unset( $GLOBALS['stub']->options[ $name ] );
}
function register_setting( string $group, string $name, array $arguments ): void {
	$GLOBALS['stub']->settings[ $name ] = $arguments;
}
function add_settings_error( string $setting, string $code, string $message ): void {
	$GLOBALS['stub']->errors[ $code ] = $message;
}
function settings_fields( string $group ): void {
	printf( '<input type="hidden" name="option_page" value="%s"><input type="hidden" name="_wpnonce" value="stub">', esc_attr( $group ) );
}
function submit_button(): void {
	echo '<input type="submit">';
}
function add_options_page( string $title, string $menu, string $capability, string $slug, callable $callback ): void {
	$GLOBALS['stub']->pages[ $slug ] = array( $capability, $callback );
}
function current_user_can( string $capability ): bool {
	return 'manage_options' === $capability && $GLOBALS['stub']->can;
}
function wp_die( string $message, string $title, array $arguments ): void {
	throw new RuntimeException( $message, $arguments['response'] );
}

function __( string $text, string $domain ): string {
	if ( 'consent-gateway' !== $domain ) {
		throw new LogicException( "text domain $domain" );
	}
	return $text;
}
function esc_html__( string $text, string $domain ): string {
	return esc_html( __( $text, $domain ) );
}
function esc_attr__( string $text, string $domain ): string {
	return esc_attr( __( $text, $domain ) );
}
function esc_html_e( string $text, string $domain ): void {
	echo esc_html__( $text, $domain );
}
function esc_html( string $text ): string {
	return htmlspecialchars( $text, ENT_QUOTES );
}
function esc_attr( string $text ): string {
	return htmlspecialchars( $text, ENT_QUOTES );
}
function esc_textarea( string $text ): string {
	return htmlspecialchars( $text, ENT_QUOTES );
}
function esc_url_raw( string $url, array $protocols = array( 'http', 'https' ) ): string {
	$url = preg_replace( '|[^a-z0-9-~+_.?#=!&;,/:%@$\|*\'()\[\]\x80-\xff]|i', '', $url );
	if ( '' !== $url && '/' !== $url[0] && ! in_array( strtolower( (string) strstr( $url, ':', true ) ), $protocols, true ) ) {
		return '';
	}
	return $url;
}
function esc_url( string $url ): string {
	return str_replace( array( '&', "'" ), array( '&#038;', '&#039;' ), esc_url_raw( $url ) );
}
function tag_escape( string $name ): string {
	return strtolower( preg_replace( '/[^a-zA-Z0-9-_:]/', '', $name ) );
}
function untrailingslashit( string $text ): string {
	return rtrim( $text, '/\\' );
}
function wp_unslash( $value ) {
	return is_string( $value ) ? stripslashes( $value ) : $value;
}
function wp_parse_url( string $url, int $part ) {
	return parse_url( 0 === strpos( $url, '//' ) ? "https:$url" : $url, $part );
}
function load_plugin_textdomain( string $domain, bool $deprecated, string $path ): void {
	$GLOBALS['stub']->sent[] = "translations of $domain in $path";
}
function plugin_basename( string $file ): string {
	return basename( dirname( $file ) ) . '/' . basename( $file );
}
function nocache_headers(): void {
	$GLOBALS['stub']->sent[] = 'nocache';
}

/** As WordPress prints it: attributes in single quotes, inline scripts around the one with the source. */
function wp_enqueue_script( string $handle, string $src, array $needs, ?string $version, array $arguments ): void {
	$GLOBALS['stub']->scripts[ $handle ] = (object) array( 'src' => $src, 'strategy' => $arguments['strategy'], 'footer' => $arguments['in_footer'], 'version' => $version );
}
function wp_scripts(): object {
	return (object) array( 'registered' => $GLOBALS['stub']->scripts );
}
function print_scripts(): void {
	foreach ( $GLOBALS['stub']->scripts as $handle => $script ) {
		$strategy = $script->strategy ? " {$script->strategy} data-wp-strategy='{$script->strategy}'" : '';
		$tag      = ( $script->before ?? '' ) . sprintf( "<script src='%s' id='%s-js'%s></script>\n", esc_url( $script->src ), esc_attr( $handle ), $strategy ) . ( $script->after ?? '' );
		echo apply_filters( 'script_loader_tag', $tag, $handle, $script->src );
	}
}

/** What the plugin uses of WordPress' own class of this name: script tags, with their contents passed over. */
class WP_HTML_Tag_Processor {
	private string $html;
	private int $at = 0;
	private int $start = 0;
	private int $end = 0;

	public function __construct( string $html ) {
		$this->html = $html;
	}

	public function next_tag( string $name ): bool {
		if ( ! preg_match( "~<$name(?=[\\s>/])(?:[^>\"']|\"[^\"]*\"|'[^']*')*>~i", $this->html, $found, PREG_OFFSET_CAPTURE, $this->at ) ) {
			return false;
		}
		$this->start = $found[0][1];
		$this->end   = $this->start + strlen( $found[0][0] );
		$closing     = stripos( $this->html, "</$name", $this->end );
		$this->at    = false === $closing ? strlen( $this->html ) : $closing;
		return true;
	}

	/** @return string|true|null */
	public function get_attribute( string $name ) {
		$tag = substr( $this->html, $this->start, $this->end - $this->start );
		if ( ! preg_match( "~\\s$name(?:=(?:\"([^\"]*)\"|'([^']*)'|([^\\s>]*)))?(?=[\\s>/])~i", $tag, $found ) ) {
			return null;
		}
		return isset( $found[1] ) ? html_entity_decode( end( $found ), ENT_QUOTES ) : true;
	}

	public function set_attribute( string $name, string $value ): bool {
		$tag  = substr( $this->html, $this->start, $this->end - $this->start );
		$bare = preg_replace( "~\\s$name(?:=(?:\"[^\"]*\"|'[^']*'|[^\\s>]*))?(?=[\\s>/])~i", '', $tag );
		$made = substr( $bare, 0, 7 ) . sprintf( ' %s="%s"', $name, esc_attr( $value ) ) . substr( $bare, 7 );
		$this->html = substr( $this->html, 0, $this->start ) . $made . substr( $this->html, $this->end );
		$this->at  += strlen( $made ) - strlen( $tag );
		$this->end  = $this->start + strlen( $made );
		return true;
	}

	public function get_updated_html(): string {
		return $this->html;
	}
}
